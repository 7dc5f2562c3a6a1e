#include "tests/source/fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <atomic>
#include <random>
#include <thread>

namespace tapalcatl::tests {
namespace {

class ArchivesThreadsTest : public ArchivesTest {
 protected:
    /// Asks for one entry as a front would, and counts it if its content is right.
    static Awaitable<void> ask(source::Archives* archives, unsigned archive, unsigned member, std::string name,
                               std::atomic<int>* right) {
        const auto key = fmt::format("{}.zip", archive);
        auto found = archives->find(key, name);
        if (!found) {
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
            auto waited = co_await archives->read(key, name, deadline);
            found = std::move(waited);
        }
        if (*found && content_of(**found) == noise(3000, archive * 100 + member)) {
            ++*right;
        }
    }
};

TEST_F(ArchivesThreadsTest, many_waiters_on_several_threads_all_get_their_tile) {
    memory_size = 1'000'000;  // far less than all, so that flights go on all the time
    constexpr unsigned archive_count = 50;
    constexpr int requests = 3000;
    for (unsigned i = 0; i < archive_count; ++i) {
        storage.put(fmt::format("{}.zip", i), make_archive(metatile(3000, i * 100)));
    }
    archives();
    auto upstream_work = boost::asio::make_work_guard(context);
    std::thread upstream([this] { context.run(); });

    std::atomic<int> right = 0;
    // They outlive the upstream thread, as a server's do.
    std::array<boost::asio::io_context, 2> fronts;
    const auto client = [&](unsigned seed) {
        auto& front = fronts.at(seed);
        std::mt19937 random(seed);
        const auto names = metatile(1);
        for (int i = 0; i < requests; ++i) {
            const auto archive = static_cast<unsigned>(random() % archive_count);
            const auto member = static_cast<unsigned>(random() % names.size());
            boost::asio::co_spawn(front, ask(&archives(), archive, member, names[member].name, &right),
                                  [](std::exception_ptr thrown) {
                                      if (thrown) {
                                          std::rethrow_exception(thrown);
                                      }
                                  });
            if (i % 16 == 0) {
                front.run();
                front.restart();
            }
        }
        front.run();
    };
    std::thread other(client, 0);
    client(1);
    other.join();
    upstream_work.reset();
    upstream.join();
    EXPECT_EQ(right, 2 * requests);
}

}  // namespace
}  // namespace tapalcatl::tests
