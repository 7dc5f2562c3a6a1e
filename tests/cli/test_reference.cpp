#include "cli/command_line.hpp"
#include "cli/reference.hpp"
#include "settings/setting_details.hpp"
#include "settings/setting_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace tapalcatl::cli {
namespace {

using testing::HasSubstr;

TEST(Reference, has_a_row_for_each_setting_with_all_that_is_said_of_it) {
    const auto tables = markdown_reference();
    for (const auto& setting : setting_table()) {
        const auto begin = tables.find(fmt::format("| `{}` | `{}` | ", setting.flag(), setting.variable));
        ASSERT_NE(begin, std::string::npos) << setting.name;
        const auto row = tables.substr(begin, tables.find('\n', begin) - begin);
        EXPECT_THAT(row, HasSubstr(setting.default_value()));
        EXPECT_THAT(row, HasSubstr(std::string(details_of(setting.name))));
    }
}

TEST(Reference, has_rows_that_are_rows) {
    std::istringstream lines(markdown_reference());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('|')) {
            continue;
        }
        std::size_t bars = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1U : 0U;
        }
        EXPECT_EQ(bars, 5U) << line;
        EXPECT_EQ(std::count(line.begin(), line.end(), '`') % 2, 0) << line;
    }
}

TEST(Reference, has_the_values_that_choices_and_limits_allow) {
    const auto tables = markdown_reference();
    EXPECT_THAT(tables, HasSubstr("Value: `auto`, `virtual` or `path`."));
    EXPECT_THAT(tables, HasSubstr("Value: from 66KiB to 64MiB."));
    EXPECT_THAT(tables, HasSubstr("Value: a number from 0 to 65535."));
    EXPECT_THAT(tables, HasSubstr("`https://host/path`."));
}

TEST(Reference, has_details_of_settings_that_are_there) {
    for (const auto& details : all_setting_details()) {
        const auto table = setting_table();
        EXPECT_TRUE(std::any_of(table.begin(), table.end(), [&](const auto& s) { return s.name == details.name; }))
            << details.name;
        EXPECT_TRUE(details.text.ends_with('.')) << details.name;
    }
}

TEST(Reference, has_a_manual_page_with_all_verbs_and_flags) {
    auto page = manual_page();
    page.erase(std::remove(page.begin(), page.end(), '\\'), page.end());
    for (const auto& setting : setting_table()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("fB{}fR", setting.flag())));
        EXPECT_THAT(page, HasSubstr(fmt::format("fB{}fR, default: ", setting.variable)));
    }
    for (const auto& verb : verb_table()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("\n.SS {}\n", verb.name)));
        for (const auto& flag : verb.flags) {
            EXPECT_THAT(page, HasSubstr(fmt::format("fB{}fR", flag.flag)));
        }
    }
}

TEST(Reference, has_a_manual_page_whose_lines_are_requests_only_where_they_are_meant) {
    std::istringstream lines(manual_page());
    for (std::string line; std::getline(lines, line);) {
        EXPECT_FALSE(line.starts_with('\'')) << line;
        EXPECT_FALSE(line.empty());
        if (line.starts_with('.')) {
            EXPECT_THAT(line.substr(0, 3),
                        testing::AnyOf(".TH", ".nh", ".ad", ".SH", ".SS", ".TP", ".PP", ".br", ".B ", ".I ", ".\\\""));
        }
    }
}

}  // namespace
}  // namespace tapalcatl::cli
