#include "doctor/archive_survey.hpp"
#include "source/archive.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

SampledArchive seen(TileId metatile, const std::vector<tests::Member>& members) {
    boost::asio::io_context context;
    tests::FakeStorage storage;
    storage.put("a", tests::make_archive(members));
    const auto head = tests::run(context, source::read_head(storage, "a", {}, {}, SteadyTime::max()));
    EXPECT_TRUE(head) << head.error();
    return {metatile, head->version.size, head->directory};
}

/// An archive with all tiles down to an offset.
SampledArchive full(TileId metatile, unsigned deepest_offset, const std::vector<std::string>& formats = {"mvt"}) {
    std::vector<tests::Member> members;
    for (unsigned z = 0; z <= deepest_offset; ++z) {
        for (std::uint32_t at = 0; at < 1U << 2 * z; ++at) {
            for (const auto& format : formats) {
                members.push_back({fmt::format("{}/{}/{}.{}", z, at >> z, at & ((1U << z) - 1), format), "tile"});
            }
        }
    }
    return seen(metatile, members);
}

struct Diagnosed {
    std::vector<Diagnosis> findings;

    const Diagnosis& of(std::string_view name) const {
        for (const auto& finding : findings) {
            if (finding.name == name) {
                return finding;
            }
        }
        throw std::logic_error("no such finding");
    }
    std::vector<Advice> advice() const {
        Diagnoses all;
        all.add(findings);
        return all.advice();
    }
    std::size_t problems() const {
        Diagnoses all;
        all.add(findings);
        return all.problems();
    }
};

Diagnosed diagnosed(const std::vector<SampledArchive>& archives, const ConfiguredTiles& configured,
                    bool has_deepest = true) {
    const auto survey = survey_archives(archives);
    return {diagnose_archives(survey, configured, survey.deepest_zoom, has_deepest)};
}

TEST(ArchiveSurveys, tell_what_is_in_the_archives) {
    const auto survey =
        survey_archives(std::vector{full({0, 0, 0}, 1, {"mvt", "json"}), seen({3, 1, 1}, {{"0/0/0.mvt", "x", true},
                                                                                          {"2/3/3.topojson", "y"},
                                                                                          {"meta.json", "{}"},
                                                                                          {"11/0/0.mvt", "too deep"},
                                                                                          {"1/2/0.mvt", "outside"}})});
    EXPECT_EQ(survey.archives, 2U);
    EXPECT_LT(survey.smallest, survey.largest);
    EXPECT_THAT(survey.formats, ElementsAre(Pair("json", 5U), Pair("mvt", 6U), Pair("topojson", 1U)));
    EXPECT_EQ(survey.stored, 1U);
    EXPECT_EQ(survey.deflated, 11U);
    EXPECT_EQ(survey.other_entries, 3U);
    EXPECT_EQ(survey.deepest_zoom, 3U);
    EXPECT_EQ(survey.deepest_offset, 2U);
    EXPECT_EQ(survey.deepest_usual_offset, 1U);
}

TEST(MetatileSizes, are_fine_where_the_entries_go_as_deep_as_they_say) {
    const auto result = diagnosed({full({14, 5, 5}, 2)}, {{4, 14}, 16});
    EXPECT_EQ(result.problems(), 0U);
    EXPECT_THAT(result.advice(), IsEmpty());
}

TEST(MetatileSizes, are_wrong_where_entries_go_deeper) {
    const std::vector archives{full({13, 5, 5}, 3)};
    const auto result = diagnosed(archives, {{4, 13}, 16});
    EXPECT_EQ(result.of("metatile size").severity, Severity::problem);
    EXPECT_EQ(result.of("metatile size").code, Errc::usage);
    EXPECT_THAT(result.of("metatile size").advice, ElementsAre(Advice{"METATILE_SIZE", "8"}));
    EXPECT_EQ(suitable_metatile_size(survey_archives(archives), 4), 8U);
}

TEST(MetatileSizes, may_be_larger_than_what_is_seen) {
    const std::vector archives{full({14, 5, 5}, 1)};
    const auto result = diagnosed(archives, {{8, 14}, 16});
    EXPECT_EQ(result.of("metatile size").severity, Severity::warning);
    EXPECT_THAT(
        result.of("metatile size").what_to_do,
        ElementsAre("this is right if the archives have no tiles of 512 pixels; otherwise set METATILE_SIZE=2"));
    EXPECT_THAT(result.advice(), IsEmpty());
    EXPECT_EQ(suitable_metatile_size(survey_archives(archives), 8), 8U);
}

struct ReachCase {
    unsigned metatiles;
    unsigned tile_size;
    MetatileScheme scheme;
    unsigned tiles;
};
class Reach : public testing::TestWithParam<ReachCase> {};

TEST_P(Reach, is_as_deep_as_tiles_are_located_in_metatiles_that_there_are) {
    const auto& want = GetParam();
    EXPECT_EQ(deepest_tiles(want.metatiles, want.tile_size, want.scheme), want.tiles);
    const auto last = locate({want.tiles, 0, 0}, want.tile_size, want.scheme);
    ASSERT_TRUE(last) << last.error();
    EXPECT_LE(last->metatile.z, want.metatiles);
    const auto below = locate({want.tiles + 1, 0, 0}, want.tile_size, want.scheme);
    EXPECT_GT(below->metatile.z, want.metatiles);
}

INSTANTIATE_TEST_SUITE_P(Pyramid, Reach,
                         testing::Values(ReachCase{13, 1, {4, {}}, 15}, ReachCase{13, 2, {4, {}}, 14},
                                         ReachCase{13, 4, {4, {}}, 13}, ReachCase{13, 2, {4, 13}, 15},
                                         ReachCase{13, 2, {4, 12}, 15}, ReachCase{13, 2, {4, 14}, 14},
                                         ReachCase{10, 1, {1, {}}, 10}, ReachCase{12, 2, {8, 12}, 15}));

TEST(Zooms, want_the_detail_zoom_where_larger_tiles_would_end_early) {
    const auto result = diagnosed({full({5, 1, 1}, 2), full({13, 5, 5}, 2)}, {{4, {}}, 15});
    EXPECT_EQ(result.problems(), 0U);
    EXPECT_THAT(result.of("zooms").text, HasSubstr("up to zoom 13: tiles of 256 px up to zoom 15, 512 px up to "
                                                   "zoom 14"));
    EXPECT_THAT(result.advice(), ElementsAre(Advice{"METATILE_MAX_DETAIL_ZOOM", "13"}));
    EXPECT_THAT(diagnosed({full({13, 5, 5}, 2)}, {{4, 13}, 15}).advice(), IsEmpty());
}

TEST(Zooms, want_nothing_where_it_is_not_known_how_deep_metatiles_go) {
    const auto result = diagnosed({full({5, 1, 1}, 2)}, {{4, {}}, 16}, false);
    EXPECT_THAT(result.of("zooms").text, HasSubstr("seen up to zoom 5"));
    EXPECT_THAT(result.advice(), IsEmpty());
}

TEST(Zooms, do_not_want_a_detail_zoom_beyond_the_routes) {
    EXPECT_THAT(diagnosed({full({16, 5, 5}, 2)}, {{4, {}}, 16}).advice(), IsEmpty());
}

TEST(Zooms, want_a_detail_zoom_that_is_too_small_to_be_raised) {
    const auto result = diagnosed({full({13, 5, 5}, 2)}, {{4, 10}, 15});
    EXPECT_EQ(result.of("zooms").severity, Severity::problem);
    EXPECT_THAT(result.advice(), ElementsAre(Advice{"METATILE_MAX_DETAIL_ZOOM", "13"}));
}

TEST(Zooms, want_tilejson_to_promise_no_more_than_there_is) {
    const auto result = diagnosed({full({10, 5, 5}, 2)}, {{4, 10}, 16});
    EXPECT_EQ(result.problems(), 0U);
    EXPECT_THAT(result.advice(), ElementsAre(Advice{"TAPALCATL_MAX_ZOOM", "12"}));
}

TEST(Formats, are_listed_and_stored_entries_are_told) {
    EXPECT_THAT(diagnosed({full({0, 0, 0}, 2, {"topojson", "mvt"})}, {}).of("formats").text,
                HasSubstr("mvt, topojson; all entries are deflated"));
    const auto result = diagnosed({seen({0, 0, 0}, {{"2/0/0.mvt", "x", true}, {"1/0/0.mvt", "x"}})}, {});
    EXPECT_EQ(result.of("formats").severity, Severity::warning);
    EXPECT_THAT(result.of("formats").text, HasSubstr("1 of 2 entries are stored"));
}

TEST(Formats, are_a_problem_where_there_are_none) {
    const auto result = diagnosed({seen({0, 0, 0}, {{"readme.txt", "x"}})}, {});
    EXPECT_EQ(result.of("formats").severity, Severity::problem);
    EXPECT_EQ(result.of("formats").code, Errc::unsupported);
}

TEST(RequestableTiles, are_found_again_where_they_are) {
    for (const MetatileScheme& scheme : {MetatileScheme{4, {}}, MetatileScheme{4, 13}, MetatileScheme{8, {}}}) {
        for (const TileId metatile : {TileId{0, 0, 0}, TileId{1, 1, 0}, TileId{13, 4008, 3973}}) {
            const auto archive = full(metatile, 2, {"mvt.gz"});
            const auto tile = find_tile(archive, scheme);
            ASSERT_TRUE(tile) << metatile;
            const auto address = locate(tile->path.tile, tile->tile_size, scheme);
            ASSERT_TRUE(address) << address.error();
            EXPECT_EQ(address->metatile, metatile);
            const auto entry = fmt::format("{}.{}", to_string(address->offset), tile->path.format);
            EXPECT_NE(archive.directory->find(entry), nullptr) << entry;
        }
    }
}

TEST(RequestableTiles, are_none_where_the_scheme_asks_for_no_entry) {
    EXPECT_FALSE(find_tile(seen({13, 5, 5}, {{"3/0/0.mvt", "x"}, {"readme", "x"}}), {4, {}}));
    EXPECT_FALSE(find_tile(full({14, 5, 5}, 0), {4, 13}));  // below the deepest metatiles
}

}  // namespace
}  // namespace tapalcatl::doctor
