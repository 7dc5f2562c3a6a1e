#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

/// Whole archives: damaged ones, whose entries are refused or read rightly, and those that other programs wrote.
namespace tapalcatl::zip {
namespace {

using Contents = std::map<std::string, std::string, std::less<>>;

struct Sample {
    std::string name;
    Archive archive;
};

const Contents& contents() {
    static const Contents all{{"0/0/0.mvt", prose(300)}, {"1/0/1.json", "{}"}, {"empty", ""}};
    return all;
}

Archive write(const Writer::Options& options, std::string_view comment) {
    Writer writer;
    for (const auto& [name, content] : contents()) {
        writer.add(name, as_bytes(content), options);
    }
    return writer.finish(comment);
}

std::vector<Sample> samples() {
    std::vector<Sample> all;
    Writer::Options options;
    all.push_back({"deflated", write(options, "")});
    options.comment = "note";
    options.extra = number(0x5455, 2) + number(5, 2) + Archive(5);
    all.push_back({"commented", write(options, "a comment")});
    options.data_descriptor = true;
    all.push_back({"streamed", write(options, "")});
    options.zip64 = true;
    all.push_back({"streamed_zip64", write(options, "a comment")});
    options.data_descriptor = false;
    options.method = Method::stored;
    all.push_back({"stored_zip64", write(options, "")});
    all.push_back({"behind_a_prefix", archive_of("#!/bin/sh\n") + write({}, "")});
    return all;
}

/// Reads all that can be read and compares it with what was written.
void expect_right_or_refused(const Archive& archive, const std::string& what) {
    const auto directory = open(archive);
    if (!directory) {
        EXPECT_TRUE(directory.error().code == Errc::corrupt || directory.error().code == Errc::unsupported)
            << what << ": " << directory.error();
        return;
    }
    for (const auto& [name, right] : contents()) {
        const auto* entry = directory->find(name);
        if (entry == nullptr) {
            continue;  // a name changed
        }
        const auto read = content_of(archive, *entry);
        if (read) {
            EXPECT_EQ(*read, right) << what << ": " << name;
        }
    }
}

class DamagedArchive : public testing::TestWithParam<Sample> {};

TEST_P(DamagedArchive, cut_at_any_byte_is_refused) {
    const auto& archive = GetParam().archive;
    for (std::size_t size = 0; size < archive.size(); ++size) {
        const auto directory = open(Bytes(archive).first(size));
        ASSERT_FALSE(directory) << size;
        EXPECT_EQ(directory.error().code, Errc::corrupt) << size << ": " << directory.error();
        EXPECT_FALSE(directory.error().message.empty());
    }
}

TEST_P(DamagedArchive, without_its_first_bytes_is_refused_or_right) {
    const auto& archive = GetParam().archive;
    for (std::size_t size = 1; size < archive.size(); ++size) {
        expect_right_or_refused(Archive(archive.begin() + static_cast<std::ptrdiff_t>(size), archive.end()),
                                fmt::format("without {} bytes", size));
    }
}

TEST_P(DamagedArchive, with_any_byte_changed_is_refused_or_right) {
    auto archive = GetParam().archive;
    for (std::size_t i = 0; i < archive.size(); ++i) {
        const auto good = archive[i];
        for (const auto bad : {good ^ std::byte{1}, good ^ std::byte{0x80}, good ^ std::byte{0x08}, ~good, std::byte{0},
                               std::byte{0xff}}) {
            archive[i] = bad;
            expect_right_or_refused(archive, fmt::format("byte {} = {}", i, std::to_integer<int>(bad)));
        }
        archive[i] = good;
    }
}

TEST_P(DamagedArchive, with_any_byte_missing_or_doubled_is_refused_or_right) {
    const auto& good = GetParam().archive;
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto archive = good;
        archive.erase(archive.begin() + static_cast<std::ptrdiff_t>(i));
        expect_right_or_refused(archive, fmt::format("without byte {}", i));
        archive = good;
        archive.insert(archive.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
        expect_right_or_refused(archive, fmt::format("byte {} twice", i));
    }
}

TEST_P(DamagedArchive, undamaged_is_right) {
    for (const auto& [name, right] : contents()) {
        const auto content = read(GetParam().archive, name);
        ASSERT_TRUE(content) << content.error();
        EXPECT_EQ(*content, right);
    }
}

INSTANTIATE_TEST_SUITE_P(Samples, DamagedArchive, testing::ValuesIn(samples()),
                         [](const auto& about) { return about.param.name; });

// -- archives that others wrote

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
    EXPECT_EQ(open(archive)->find("0/0/0.txt")->comment(), R"([{"X-Something":"hello"}])");
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
