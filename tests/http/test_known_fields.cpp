#include "http/known_fields.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::http {
namespace {

TEST(KnownFieldsTable, finds_what_a_text_starts_with_byte_for_byte) {
    KnownFieldsTable table;
    EXPECT_EQ(table.find("Host: a\r\n\r\n"), nullptr);
    table.put("Host: a\r\n\r\n", true, false);
    table.put("Host: a\r\nConnection: close\r\n\r\n", false, true);
    for (const std::string behind : {"", "GET / HTTP/1.1\r\n"}) {
        const auto first = table.find("Host: a\r\n\r\n" + behind);
        ASSERT_NE(first, nullptr);
        EXPECT_TRUE(first->accepts_gzip);
        EXPECT_FALSE(first->ends_connection);
        const auto second = table.find("Host: a\r\nConnection: close\r\n\r\n" + behind);
        ASSERT_NE(second, nullptr);
        EXPECT_FALSE(second->accepts_gzip);
        EXPECT_TRUE(second->ends_connection);
    }
    for (const auto* other : {"", "Host: a\r\n", "Host: A\r\n\r\n", "Host: a\r\nAccept: b\r\n\r\n"}) {
        EXPECT_EQ(table.find(other), nullptr) << other;
    }
}

TEST(KnownFieldsTable, forgets_the_oldest_fields_but_not_for_those_who_hold_them) {
    KnownFieldsTable table;
    const auto fields = [](std::size_t i) { return fmt::format("Host: {}\r\n\r\n", i); };
    const auto held = table.put(fields(0), true, false);
    for (std::size_t i = 1; i <= KnownFieldsTable::capacity; ++i) {
        table.put(fields(i), false, false);
    }
    EXPECT_EQ(table.find(fields(0)), nullptr);
    for (std::size_t i = 1; i <= KnownFieldsTable::capacity; ++i) {
        EXPECT_NE(table.find(fields(i)), nullptr) << i;
    }
    EXPECT_EQ(held->text, fields(0));
    EXPECT_TRUE(held->accepts_gzip);
}

}  // namespace
}  // namespace tapalcatl::http
