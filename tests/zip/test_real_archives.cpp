#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

/// Archives that others wrote.
namespace tapalcatl::zip {
namespace {

namespace fs = std::filesystem;

const fs::path root(TAPALCATL_SOURCE_DIR);

Archive load(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return archive_of(text);
}

/// Reads every entry of an archive; answers how many there were.
std::size_t read_all(const Archive& archive, const fs::path& path) {
    const auto directory = open(archive);
    if (!directory) {
        ADD_FAILURE() << path << ": " << directory.error();
        return 0;
    }
    for (const auto& entry : directory->entries()) {
        const auto content = content_of(archive, entry, 32 * megabyte);
        EXPECT_TRUE(content) << path << ": " << content.error();
        EXPECT_TRUE(!content || content->size() == entry.size) << path << ": " << entry.name;
    }
    return directory->entries().size();
}

TEST(RealArchives, of_the_demo_are_read_to_the_last_entry) {
    const auto tiles = root / "data" / "demo" / "tiles";
    if (!fs::exists(tiles)) {
        GTEST_SKIP() << "the demo's tiles are not there";
    }
    std::size_t archives = 0;
    std::size_t entries = 0;
    for (const auto& file : fs::recursive_directory_iterator(tiles)) {
        if (file.path().extension() == ".zip") {
            ++archives;
            entries += read_all(load(file.path()), file.path());
        }
    }
    EXPECT_GT(archives, 0U);
    EXPECT_GE(entries, archives);
}

TEST(RealArchives, of_tapalcatl_2_are_read) {
    const auto path = root / ".." / "shared" / "data" / "tapalcatl2" / "tile.zip";
    if (!fs::exists(path)) {
        GTEST_SKIP() << "the sample archive is not there";
    }
    const auto archive = load(path);
    EXPECT_EQ(read_all(archive, path), 2U);
    EXPECT_EQ(open(archive)->comment(), R"({"headers":[{"Content-Type":"text/plain"}]})");
    EXPECT_EQ(open(archive)->find("0/0/0.txt")->comment, R"([{"X-Something":"hello"}])");
}

/// What tests/zip/data/make.sh wrote with other programs: the same two files each time.
class OtherWriters : public testing::TestWithParam<const char*> {};

TEST_P(OtherWriters, are_understood) {
    const auto path = root / "tests" / "zip" / "data" / GetParam();
    const auto archive = load(path);
    std::string numbers;
    for (int i = 1; i <= 500; ++i) {
        numbers += std::to_string(i) + "\n";
    }
    const auto first = read(archive, "2/3/1.txt");
    ASSERT_TRUE(first) << first.error();
    EXPECT_EQ(*first, numbers);
    const auto second = read(archive, "caff\xc3\xa8.json");
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(*second, "{}");
    EXPECT_GE(read_all(archive, path), 2U);
}

INSTANTIATE_TEST_SUITE_P(Files, OtherWriters,
                         testing::Values("infozip.zip", "infozip-comment.zip", "infozip-streamed.zip",
                                         "infozip-self-extractor.zip", "infozip-self-extractor-adjusted.zip",
                                         "python.zip", "python-streamed.zip", "python-zip64.zip", "python-appended.zip",
                                         "perl.zip", "perl-zip64.zip", "jar.zip", "go.zip"));

/// The seeds of the fuzz target are named by what must become of them: valid-, broken-, refused-.
TEST(FuzzSeeds, are_what_their_names_say) {
    const auto folder = root / "fuzz" / "corpus" / "zip";
    std::size_t seeds = 0;
    for (const auto& file : fs::directory_iterator(folder)) {
        const auto name = file.path().filename().string();
        const auto archive = load(file.path());
        const auto directory = open(archive);
        auto failed = directory ? std::optional<Errc>() : directory.error().code;
        for (const auto& entry : directory ? directory->entries() : std::span<const Entry>()) {
            const auto content = content_of(archive, entry);
            failed = content ? failed : content.error().code;
        }
        if (name.starts_with("valid-")) {
            EXPECT_EQ(failed, std::nullopt) << name;
        } else if (name.starts_with("broken-")) {
            EXPECT_EQ(failed, Errc::corrupt) << name;
        } else {
            EXPECT_TRUE(failed == Errc::unsupported || failed == Errc::too_large) << name;
        }
        ++seeds;
    }
    EXPECT_GE(seeds, 20U);
}

}  // namespace
}  // namespace tapalcatl::zip
