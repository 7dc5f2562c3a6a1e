#include "base/log.hpp"
#include "source/tapalcatl2_meta_source.hpp"

#include "tests/source/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::tests {
namespace {

constexpr std::string_view toner = R"({"name":"toner","attribution":"Stamen","minzoom":1,"maxzoom":5,
    "bounds":[0,0,180,85],"minscale":2,"maxscale":2,"metatile":2,"materializedZooms":[0,3],
    "formats":{"png":[{"Content-Type":"image/png"},{"X-Of":"tileset"}]},"source":"{z}/{x}/{y}.zip"})";

constexpr source::TileRequest tile{TileId{4, 11, 5}, 512, "png"};
constexpr auto archive = "3/4/2.zip";
constexpr auto entry = "4/11/5@2x.png";

class Tapalcatl2Tiles : public ArchivesTest {
 protected:
    Tapalcatl2Tiles() {
        log::configure(log::Level::off, log::Form::plain);
        options.comments = source::ZipComments::headers;
    }
    ~Tapalcatl2Tiles() override { log::configure(log::Level::info, log::Form::plain); }

    source::Tapalcatl2MetaSource& tiles() {
        if (tiles_ == nullptr) {
            tiles_ = std::make_unique<source::Tapalcatl2MetaSource>(
                shared_archives(), "meta.json", "s3://tiles/toner/meta.json",
                [this](const std::string& url) -> Result<std::shared_ptr<source::Archives>> {
                    const auto found = elsewhere.find(url);
                    return found != elsewhere.end() ? Result<std::shared_ptr<source::Archives>>(found->second)
                                                    : fail(Errc::denied, "{}: no such bucket", url);
                });
        }
        return *tiles_;
    }

    void put_meta(std::string_view text) {
        storage.put("meta.json", std::vector(as_bytes(text).begin(), as_bytes(text).end()));
    }

    void put_tile(std::string content = "tile") { storage.put(archive, make_archive({{entry, std::move(content)}})); }

    Result<source::Tile> get(const source::TileRequest& request = tile) {
        if (auto found = tiles().find(request)) {
            return std::move(*found);
        }
        return run(context, tiles().read(request, std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    }

    std::size_t reads_of(std::string_view key) const {
        return static_cast<std::size_t>(std::count_if(storage.reads().begin(), storage.reads().end(),
                                                      [&](const Read& read) { return read.key == key; }));
    }

    std::map<std::string, std::shared_ptr<source::Archives>> elsewhere;

 private:
    std::unique_ptr<source::Tapalcatl2MetaSource> tiles_;
};

TEST_F(Tapalcatl2Tiles, come_from_the_archive_that_the_meta_json_names) {
    put_meta(toner);
    put_tile();
    EXPECT_FALSE(tiles().find(tile)) << "nothing is read before it is asked for";
    EXPECT_EQ(tiles().description(), nullptr);
    const auto found = get();
    EXPECT_EQ(content_of(found), "tile");
    ASSERT_NE(found->headers, nullptr);
    EXPECT_EQ(found->headers->content_type, "image/png");
    EXPECT_EQ(found->headers->others, (source::HeaderList{{"X-Of", "tileset"}}));
    EXPECT_NE(found->validity, nullptr);
    EXPECT_EQ(storage.reads().size(), 2U);

    EXPECT_EQ(content_of(*tiles().find(tile)), "tile");
    EXPECT_EQ(storage.reads().size(), 2U);
    const auto place = tiles().locate(tile);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->key, archive);
    EXPECT_EQ(place->entry, entry);
    EXPECT_EQ(tiles().info().storage, "fake://meta.json");
}

TEST_F(Tapalcatl2Tiles, describe_themselves) {
    put_meta(toner);
    const auto about = run(context, tiles().describe(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    ASSERT_TRUE(about) << about.error();
    EXPECT_EQ((*about)->name, "toner");
    EXPECT_EQ((*about)->attribution, "Stamen");
    EXPECT_EQ((*about)->formats.front().content_type, "image/png");
    EXPECT_EQ((*about)->scales.front().scale, 2U);
    EXPECT_EQ(tiles().description(), *about);
}

TEST_F(Tapalcatl2Tiles, that_the_meta_json_rules_out_are_missing_without_a_read) {
    put_meta(toner);
    put_tile();
    ASSERT_TRUE(get());
    storage.forget_reads();
    for (const auto& request :
         {source::TileRequest{TileId{0, 0, 0}, 512, "png"}, source::TileRequest{TileId{6, 40, 20}, 512, "png"},
          source::TileRequest{TileId{4, 2, 5}, 512, "png"}, source::TileRequest{TileId{4, 11, 12}, 512, "png"},
          source::TileRequest{TileId{4, 11, 5}, 256, "png"}, source::TileRequest{TileId{4, 11, 5}, 500, "png"},
          source::TileRequest{TileId{4, 11, 5}, 512, "mvt"}, source::TileRequest{TileId{4, 11, 5}, 512, ""}}) {
        const auto found = tiles().find(request);
        ASSERT_TRUE(found) << request.tile;
        ASSERT_FALSE(*found) << request.tile;
        EXPECT_EQ(found->error().code, Errc::no_tile);
    }
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(Tapalcatl2Tiles, have_headers_of_entry_archive_and_tileset_in_this_order) {
    put_meta(toner);
    storage.put(archive, make_archive({{entry, "tile", false, R"([{"X-Entry":"e"},{"X-Of":"entry"}])"}},
                                      R"({"formats":{"png":[{"Content-Type":"image/x-png"},{"X-Of":"archive"}]}})"));
    const auto found = get();
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found->headers->fields,
              (source::HeaderList{{"Content-Type", "image/x-png"}, {"X-Of", "entry"}, {"X-Entry", "e"}}));
}

TEST_F(Tapalcatl2Tiles, asked_for_at_once_read_the_meta_json_once) {
    put_meta(toner);
    put_tile();
    storage.hold([](const Read& read) { return read.key == "meta.json"; });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::vector<std::unique_ptr<Running<Result<source::Tile>>>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::make_unique<Running<Result<source::Tile>>>(context, tiles().read(tile, deadline)));
    }
    settle(context);
    EXPECT_EQ(storage.reads().size(), 1U);
    storage.release();
    settle(context);
    for (const auto& each : all) {
        ASSERT_TRUE(each->done());
        EXPECT_EQ(content_of(**each), "tile");
    }
    EXPECT_EQ(reads_of("meta.json"), 1U);
}

TEST_F(Tapalcatl2Tiles, of_a_meta_json_that_is_not_good_fail_with_what_is_wrong_and_ask_seldom) {
    put_meta(R"({"formats":{},"source":"{z}/{x}/{y}.zip"})");
    const auto found = get();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::corrupt);
    EXPECT_TRUE(found.error().message.starts_with("fake://meta.json: formats: {}: expected")) << found.error();
    const auto again = tiles().find(tile);
    ASSERT_TRUE(again) << "it is remembered for a moment";
    EXPECT_EQ(again->error(), found.error());
    EXPECT_EQ(tiles().locate(tile).error(), found.error());
    EXPECT_EQ(storage.reads().size(), 1U);

    put_meta(toner);
    put_tile();
    clock.pass(std::chrono::seconds(6));
    EXPECT_EQ(content_of(get()), "tile");
}

TEST_F(Tapalcatl2Tiles, without_a_meta_json_are_a_failure_and_not_missing) {
    const auto found = get();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), (Error{Errc::unavailable, "fake://meta.json: no such document"}));
}

TEST_F(Tapalcatl2Tiles, of_a_meta_json_over_the_limit_fail_without_it_being_read_whole) {
    put_meta(std::string(2 * source::max_meta_size, ' '));
    const auto found = get();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::too_large);
    EXPECT_LE(storage.bytes_served(), source::max_meta_size + 1);
}

TEST_F(Tapalcatl2Tiles, follow_a_meta_json_that_changes) {
    put_meta(toner);
    put_tile();
    const auto before = get();
    ASSERT_TRUE(before);
    clock.pass(std::chrono::seconds(301));
    EXPECT_TRUE(get()) << "it is revalidated behind the client's back";
    settle(context);
    EXPECT_EQ(reads_of("meta.json"), 2U);
    EXPECT_TRUE(before->validity->is_valid(clock.now(), clock.wall())) << "it is unchanged";

    auto changed = std::string(toner);
    changed.replace(changed.find("\"maxzoom\":5"), 11, "\"maxzoom\":3");
    put_meta(changed);
    clock.pass(std::chrono::seconds(301));
    EXPECT_TRUE(get());
    settle(context);
    EXPECT_EQ(get().error().code, Errc::no_tile);
    EXPECT_FALSE(before->validity->is_valid(clock.now(), clock.wall())) << "the response must not be sent again";
}

TEST_F(Tapalcatl2Tiles, go_on_with_the_last_good_meta_json) {
    put_meta(toner);
    put_tile();
    ASSERT_TRUE(get());
    put_meta("{}");
    clock.pass(std::chrono::hours(2));
    const auto stale = get();
    EXPECT_EQ(content_of(stale), "tile");
    EXPECT_TRUE(stale->stale);
    EXPECT_EQ(stale->validity, nullptr);

    put_meta(toner);
    clock.pass(std::chrono::seconds(6));
    EXPECT_TRUE(get());
    settle(context);
    EXPECT_FALSE(get()->stale);

    storage.fail_with([](const Read& read) -> std::optional<Error> {
        return read.key == "meta.json" ? std::optional(fail(Errc::unavailable, "down")) : std::nullopt;
    });
    clock.pass(std::chrono::hours(2));
    EXPECT_TRUE(get()->stale);
    clock.pass(std::chrono::hours(24));
    const auto late = get();
    ASSERT_FALSE(late) << "not for ever";
    EXPECT_EQ(late.error(), (Error{Errc::unavailable, "fake://meta.json: down"}));
}

TEST_F(Tapalcatl2Tiles, end_with_a_meta_json_that_is_removed) {
    put_meta(toner);
    put_tile();
    ASSERT_TRUE(get());
    storage.erase("meta.json");
    clock.pass(std::chrono::hours(2));
    EXPECT_EQ(get().error().code, Errc::unavailable);
}

TEST_F(Tapalcatl2Tiles, of_archives_elsewhere_are_read_there) {
    FakeStorage other_storage;
    elsewhere["s3://other/lc"] =
        std::make_shared<source::Archives>(other_storage, memory(), context.get_executor(), clock, options);
    other_storage.put("3/4/2", make_archive({{entry, "elsewhere"}}));
    put_meta(R"({"formats":{"png":"image/png"},"minscale":2,"metatile":2,"materializedZooms":[3],
                 "source":"s3://other/lc/{z}/{x}/{y}"})");
    EXPECT_EQ(content_of(get()), "elsewhere");
    EXPECT_EQ(reads_of("3/4/2"), 0U);

    put_meta(R"({"formats":{"png":"image/png"},"source":"s3://unknown/{z}/{x}/{y}"})");
    clock.pass(std::chrono::hours(26));
    const auto refused = get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{Errc::denied, "fake://meta.json: source: s3://unknown/: no such bucket"}));
}

TEST_F(Tapalcatl2Tiles, are_probed_in_the_storage_itself) {
    const auto probe = [&] {
        return run(context, tiles().probe(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    };
    EXPECT_EQ(probe().error().code, Errc::unavailable);
    put_meta(toner);
    EXPECT_TRUE(probe()) << "the archive need not exist";
    EXPECT_EQ(storage.reads().back().key, "0/0/0.zip");
    put_meta("{}");
    EXPECT_EQ(probe().error().code, Errc::corrupt);
}

TEST_F(Tapalcatl2Tiles, leave_nothing_behind_when_settled) {
    put_meta(toner);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    storage.hold();
    const Running<Result<source::Tile>> reading(context, tiles().read(tile, deadline));
    settle(context);
    const Running<bool> settling(context, tiles().settle(deadline));
    settle(context);
    EXPECT_FALSE(settling.done());
    storage.release();
    settle(context);
    ASSERT_TRUE(settling.done());
    EXPECT_TRUE(*settling);
}

}  // namespace
}  // namespace tapalcatl::tests
