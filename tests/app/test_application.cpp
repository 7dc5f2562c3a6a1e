#include "app/application.hpp"
#include "base/run_until_done.hpp"

#include "tests/net/scripted_server.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/scratch_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::tests {
namespace {

using app::Application;
using app::BackgroundWork;
using std::chrono::milliseconds;

const source::TileRequest tile{TileId{0, 0, 0}, 256, "mvt"};

SteadyTime in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

/// The context runs only as long as a case lets it: what has not happened when a read is done has not been waited for.
class ApplicationTest : public testing::Test {
 protected:
    ApplicationTest() { settings.keys.layout = KeyLayout::no_hash; }

    void put_archive() {
        const auto path = folder.path() / "tiles" / "all" / "0" / "0" / "0.zip";
        std::filesystem::create_directories(path.parent_path());
        const auto bytes = make_archive({{"0/0/0.mvt", "a tile"}});
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        settings.storage.location = FolderLocation{(folder.path() / "tiles").string()};
    }

    Application& application(BackgroundWork background) {
        auto made = Application::make(settings, environment, context, background);
        EXPECT_TRUE(made) << made.error();
        application_ = std::move(*made);
        return *application_;
    }

    Result<source::Tile> read(const Application& from, milliseconds patience = std::chrono::seconds(20)) {
        return run_until_done(context, from.tiles().read(tile, in(patience)));
    }

    /// Values in the folder of the second tier.
    std::size_t values() const {
        const std::filesystem::recursive_directory_iterator all(folder.path() / "cache");
        return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& each) {
            return each.is_regular_file() && each.path().parent_path().filename().string().size() == 2;
        }));
    }

    ScratchFolder folder;
    boost::asio::io_context context;
    EnvironmentVariables environment;
    Settings settings;

 private:
    std::unique_ptr<Application> application_;
};

class SecondTier : public ApplicationTest {
 protected:
    SecondTier() {
        put_archive();
        settings.cache.type.type = CacheType::filesystem;
        settings.cache.folder = (folder.path() / "cache").string();
        settings.cache.wait = std::chrono::seconds(10);
    }
};

TEST_F(SecondTier, has_what_was_read_when_all_is_settled) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_TRUE(read(served));
    EXPECT_TRUE(run_until_done(context, served.settle(in(std::chrono::seconds(20)))));
    EXPECT_EQ(values(), 1U);
}

TEST_F(SecondTier, has_what_was_read_before_the_answer_where_nothing_may_go_on_behind_it) {
    EXPECT_TRUE(read(application(BackgroundWork::none)));
    EXPECT_EQ(values(), 1U);
}

/// A store that never answers.
class SilentStore : public ApplicationTest {
 protected:
    SilentStore() : server(context, {{{"", Reply::Then::hold}}}) {
        settings.storage.location = BucketLocation{"tiles", ""};
        settings.access.anonymous = true;
        settings.access.hedge_after = milliseconds(1);
        environment = {{"HOME", folder.path().string()},
                       {"AWS_ENDPOINT_URL_S3", fmt::format("http://127.0.0.1:{}", server.port())}};
    }

    /// Requests that it gets for tiles of so many archives. A hedge is earned by 20 reads.
    std::size_t requests_for(unsigned archives, const Application& from) {
        for (unsigned i = 0; i < archives; ++i) {
            const source::TileRequest other{TileId{10, 4 * i, 0}, 256, "mvt"};
            EXPECT_FALSE(run_until_done(context, from.tiles().read(other, in(milliseconds(20)))));
        }
        return server.requests.size();
    }

    ScriptedServer server;
};

TEST_F(SilentStore, gets_no_second_request_where_nothing_may_go_on_behind_the_answer) {
    settings.limits.request_timeout = milliseconds(20);
    EXPECT_EQ(requests_for(30, application(BackgroundWork::none)), 30U);
}

TEST_F(SilentStore, gets_hedges_otherwise) {
    EXPECT_GT(requests_for(30, application(BackgroundWork::allowed)), 30U);
}

TEST_F(SilentStore, keeps_no_read_longer_than_a_request_where_nothing_may_go_on_behind_the_answer) {
    settings.limits.request_timeout = milliseconds(20);
    auto& served = application(BackgroundWork::none);
    EXPECT_FALSE(read(served, milliseconds(20)));
    EXPECT_TRUE(run_until_done(context, served.settle(in(std::chrono::seconds(3)))));
}

TEST_F(SilentStore, is_not_waited_for_beyond_the_deadline_of_settling) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_FALSE(read(served, milliseconds(20)));
    EXPECT_FALSE(run_until_done(context, served.settle(in(milliseconds(50)))));
}

class Reloading : public ApplicationTest {
 protected:
    Reloading() { put_archive(); }

    TilesetSettings in_folder(const std::string& name) {
        std::filesystem::create_directories(folder.path() / name);
        TilesetSettings tileset;
        tileset.name = name;
        tileset.settings = settings;
        tileset.settings.storage.location = FolderLocation{(folder.path() / name).string()};
        return tileset;
    }

    Result<void> reload(Application& served, const std::vector<TilesetSettings>& tilesets) {
        served.handler();
        const auto before = served.reload(settings, tilesets);
        return before ? Result<void>() : Result<void>(before.error());
    }

    /// Lets all happen that waits for nothing from outside.
    void settle() {
        context.restart();
        context.poll();
    }
};

TEST_F(Reloading, closes_the_storages_that_nobody_uses_any_more) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_TRUE(read(served));
    const auto totals = served.read_totals();
    EXPECT_TRUE(reload(served, {in_folder("one"), in_folder("two")}));
    EXPECT_EQ(served.open_storages(), 3U);
    settle();
    EXPECT_EQ(served.open_storages(), 2U);
    EXPECT_EQ(served.read_totals().reads, totals.reads) << "what was read from a closed storage was read";
    EXPECT_TRUE(reload(served, {in_folder("two")}));
    settle();
    EXPECT_EQ(served.open_storages(), 1U);
}

TEST_F(Reloading, keeps_what_is_held_of_a_storage_that_is_still_used) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_TRUE(read(served));
    EXPECT_TRUE(reload(served, {in_folder("tiles"), in_folder("one")}));
    settle();
    const auto held = served.tiles().find(tile);
    ASSERT_TRUE(held);
    EXPECT_TRUE(*held) << held->error();
}

TEST_F(Reloading, uses_a_storage_again_that_is_about_to_be_closed) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_TRUE(read(served));
    EXPECT_TRUE(reload(served, {in_folder("one")}));
    EXPECT_TRUE(reload(served, {in_folder("tiles")}));
    settle();
    EXPECT_EQ(served.open_storages(), 1U);
    EXPECT_TRUE(served.tiles().find(tile));
}

TEST_F(Reloading, changes_nothing_if_a_tileset_cannot_be_opened) {
    auto& served = application(BackgroundWork::allowed);
    EXPECT_TRUE(read(served));
    auto missing = in_folder("gone");
    std::filesystem::remove(folder.path() / "gone");
    EXPECT_FALSE(reload(served, {in_folder("one"), missing}));
    settle();
    EXPECT_EQ(served.open_storages(), 1U);
    EXPECT_TRUE(served.tiles().find(tile));
}

TEST_F(SilentStore, is_closed_once_the_reads_that_it_owes_have_ended) {
    settings.limits.flight_timeout = milliseconds(200);
    auto& served = application(BackgroundWork::allowed);
    EXPECT_FALSE(read(served, milliseconds(20)));
    put_archive();
    served.handler();
    EXPECT_TRUE(served.reload(settings, {}));
    context.restart();
    context.poll();
    EXPECT_EQ(served.open_storages(), 2U) << "the read goes on";
    const auto give_up = in(std::chrono::seconds(60));
    while (served.open_storages() > 1 && std::chrono::steady_clock::now() < give_up) {
        context.restart();
        context.run_one_for(milliseconds(10));
    }
    EXPECT_EQ(served.open_storages(), 1U);
}

}  // namespace
}  // namespace tapalcatl::tests
