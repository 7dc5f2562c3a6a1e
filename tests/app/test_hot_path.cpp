#include "app/application.hpp"
#include "base/text.hpp"
#include "http/known_fields.hpp"
#include "http/server.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/scratch_folder.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Allocations of all threads of the program, while `counts` is set.
std::atomic<bool> counts{false};
std::atomic<std::size_t> allocations{0};

void note_allocation() {
    if (counts.load(std::memory_order_relaxed)) {
        allocations.fetch_add(1, std::memory_order_relaxed);
    }
}

void* allocated(std::size_t size) {
    note_allocation();
    if (auto* const place = std::malloc(std::max<std::size_t>(size, 1))) {
        return place;
    }
    throw std::bad_alloc();
}

}  // namespace

// The program's own, in place of the library's.
void* operator new(std::size_t size) {
    return allocated(size);
}
void* operator new[](std::size_t size) {
    return allocated(size);
}
void operator delete(void* place) noexcept {
    std::free(place);
}
void operator delete[](void* place) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t /*size*/) noexcept {
    std::free(place);
}
void operator delete[](void* place, std::size_t /*size*/) noexcept {
    std::free(place);
}

// Asio allocates frames and operations with this; the linker sends its calls here (--wrap).
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker gives these names
extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    note_allocation();
    return __real_aligned_alloc(alignment, size);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace tapalcatl::tests {
namespace {

constexpr std::size_t rounds = 1000;
/// Allocations that have nothing to do with the number of requests: once a second the Date header is formatted.
constexpr std::size_t few = rounds / 50;
constexpr std::string_view small_tile = "/tilezen/vector/v1/all/0/0/0.mvt";
constexpr std::string_view large_tile = "/tilezen/vector/v1/all/0/0/0.json";  // in the arena, where there is one

std::string get_request(std::string_view target, std::string_view fields) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: tiles.example\r\n{}\r\n", target, fields);
}

/// The server over a folder of tiles, as `serve` starts it.
class HotPath : public testing::Test {
 protected:
    HotPath() {
        const auto path = folder_.path() / "all" / "0" / "0" / "0.zip";
        std::filesystem::create_directories(path.parent_path());
        const auto bytes = make_archive({{"0/0/0.mvt", noise(2'000, 1)}, {"0/0/0.json", noise(60'000, 2)}});
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        settings_.keys.layout = KeyLayout::no_hash;
        settings_.storage.location = FolderLocation{folder_.path().string()};
        auto made = app::Application::make(settings_, environment_, upstream_.context());
        if (!made) {
            throw std::runtime_error(made.error().message);
        }
        application_ = std::move(*made);
        http::Server::Options options;
        options.host = "127.0.0.1";
        options.port = 0;
        options.arena = application_->open_arena();
        server_ = std::make_unique<http::Server>(application_->handler(), options);
        if (const auto listening = server_->listen(); !listening) {
            throw std::runtime_error(listening.error().message);
        }
        ended_ = std::async(std::launch::async, [this] { server_->run(); });
        client_.connect({boost::asio::ip::make_address_v4("127.0.0.1"), server_->port()});
    }

    ~HotPath() override {
        client_.close();
        server_->drain();
        ended_.get();
        upstream_.stop();
    }

    /// How many allocations `rounds` rounds of these requests make, after some rounds that warm up.
    std::size_t allocations_of(const std::vector<std::string>& requests) {
        std::vector<std::size_t> sizes(requests.size());
        for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < requests.size(); ++i) {
                sizes[i] = size_of_response(requests[i]);
            }
        }
        allocations = 0;
        counts = true;
        for (std::size_t round = 0; round < rounds; ++round) {
            for (std::size_t i = 0; i < requests.size(); ++i) {
                boost::asio::write(client_, boost::asio::buffer(requests[i]));
                boost::asio::read(client_, boost::asio::buffer(space_, sizes[i]));
            }
        }
        counts = false;
        EXPECT_EQ(client_.available(), 0U);
        return allocations;
    }

 private:
    std::size_t size_of_response(const std::string& request) {
        boost::asio::write(client_, boost::asio::buffer(request));
        std::size_t size = 0;
        for (;;) {
            size += client_.read_some(boost::asio::buffer(space_) + size);
            const std::string_view text(space_.data(), size);
            constexpr std::string_view name = "Content-Length: ";
            const auto head_end = text.find("\r\n\r\n");
            if (head_end == std::string_view::npos) {
                continue;
            }
            EXPECT_TRUE(text.starts_with("HTTP/1.1 200")) << text.substr(0, head_end);
            const auto length = text.substr(text.find(name) + name.size());
            const auto whole = head_end + 4 + parse_number(length.substr(0, length.find('\r'))).value();
            if (size >= whole) {
                EXPECT_EQ(size, whole);
                return size;
            }
        }
    }

    ScratchFolder folder_;
    Settings settings_;
    EnvironmentVariables environment_;
    app::UpstreamThread upstream_;
    std::unique_ptr<app::Application> application_;
    std::unique_ptr<http::Server> server_;
    std::future<void> ended_;
    boost::asio::io_context client_context_;
    boost::asio::ip::tcp::socket client_{client_context_};
    std::vector<char> space_ = std::vector<char>(128 * 1024);
};

TEST_F(HotPath, allocates_nothing_for_responses_that_are_sent_again) {
    const std::string_view fields = "Accept-Encoding: gzip, br\r\nUser-Agent: a browser with quite a long name\r\n";
    EXPECT_LT(allocations_of({get_request(small_tile, fields), get_request(large_tile, fields)}), few);
}

TEST_F(HotPath, allocates_twice_at_most_for_a_tile_in_memory_whose_request_has_to_be_parsed) {
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < http::KnownFieldsTable::capacity + 4; ++i) {
        const auto fields = fmt::format("Accept-Encoding: gzip\r\nUser-Agent: browser {}\r\n", i);
        requests.push_back(get_request(i % 2 == 0 ? small_tile : large_tile, fields));
    }
    EXPECT_LT(allocations_of(requests), 2 * requests.size() * rounds + few);
}

}  // namespace
}  // namespace tapalcatl::tests
