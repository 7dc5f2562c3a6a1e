#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

#include <map>

/// Whatever happens to an archive, its entries are refused or read rightly.
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

}  // namespace
}  // namespace tapalcatl::zip
