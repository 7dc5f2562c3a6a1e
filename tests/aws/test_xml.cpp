#include "aws/xml.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::aws {
namespace {

std::string text_in(std::string_view document, std::string_view path) {
    const auto leaves = XmlLeaves::parse(document);
    EXPECT_TRUE(leaves) << leaves.error();
    return leaves ? std::string(leaves->text(path)) : "(refused)";
}

TEST(XmlLeaves, are_found_by_their_path_from_the_root_or_its_end) {
    constexpr std::string_view document =
        "<?xml version=\"1.0\"?>\n<!-- x --><a xmlns='u' b = \"c>d\"><b><c>1</c></b><c>2</c><d/></a>\n<!-- y -->";
    EXPECT_EQ(text_in(document, "a/b/c"), "1");
    EXPECT_EQ(text_in(document, "b/c"), "1");
    EXPECT_EQ(text_in(document, "a/c"), "2");
    EXPECT_EQ(text_in(document, "d"), "");
    EXPECT_EQ(text_in(document, "b"), "");
    EXPECT_EQ(XmlLeaves::parse(document)->all().size(), 3U);
    EXPECT_EQ(XmlLeaves::parse(document)->root(), "a");
}

TEST(XmlLeaves, are_not_found_by_the_end_of_a_name) {
    EXPECT_EQ(text_in("<a><HostId>1</HostId></a>", "Id"), "");
}

TEST(XmlLeaves, have_their_references_resolved_and_their_prefixes_dropped) {
    EXPECT_EQ(text_in("<n:a><n:b> &lt;&amp;&gt;&quot;&apos;&#65;&#x20AC;&#x1F600; </n:b></n:a>", "a/b"),
              "<&>\"'A\xe2\x82\xac\xf0\x9f\x98\x80");
    EXPECT_EQ(text_in("<a>x<![CDATA[<&>]]>y</a>", "a"), "x<&>y");
    EXPECT_EQ(text_in("<a>&amp;lt;</a>", "a"), "&lt;");
}

TEST(XmlLeaves, keep_references_that_name_no_character_as_they_are_written) {
    for (const auto* reference : {"&x;", "&amp", "&#;", "&#x;", "&#99999999999"}) {
        EXPECT_EQ(text_in(std::string("<a>") + reference + "</a>", "a"), reference);
    }
    EXPECT_TRUE(XmlLeaves::parse("<a>&#0;&#xD800;&#x110000;&#99999999;</a>"));
}

TEST(Xml, that_is_not_well_formed_is_refused) {
    for (const auto* bad : {"",
                            " ",
                            "text",
                            "<a>",
                            "<a></b>",
                            "</a>",
                            "<a/><b/>",
                            "<a/>text",
                            "<a b></a>",
                            "<a b=c></a>",
                            "<a",
                            "<a b='c'",
                            "<>",
                            "<a><![CDATA[</a>",
                            "<![CDATA[x]]>",
                            "<!-- <a/>",
                            "<a/ >",
                            "<a><b></a></b>",
                            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                            "<!DOCTYPE a><a/>",
                            "<a b='c'd='e'/>",
                            "< a/>"}) {
        const auto leaves = XmlLeaves::parse(bad);
        ASSERT_FALSE(leaves) << bad;
        EXPECT_EQ(leaves.error().code, Errc::corrupt) << bad;
    }
}

TEST(Xml, is_bounded_in_depth_and_size) {
    std::string open, close;
    for (std::size_t depth = 0; depth < XmlLeaves::max_depth; ++depth) {
        open += "<a>";
        close += "</a>";
    }
    EXPECT_TRUE(XmlLeaves::parse(open + close));
    EXPECT_FALSE(XmlLeaves::parse(open + "<a/>" + close));
    EXPECT_TRUE(XmlLeaves::parse("<a/>" + std::string(XmlLeaves::max_bytes - 4, ' ')));
    EXPECT_EQ(XmlLeaves::parse("<a/>" + std::string(XmlLeaves::max_bytes - 3, ' ')).error().code, Errc::too_large);
}

TEST(Xml, cut_at_any_length_is_refused) {
    const std::string whole = "<?xml version=\"1.0\"?><a x='y'><!-- z --><b>1&amp;2</b><![CDATA[c]]><d/></a>";
    ASSERT_TRUE(XmlLeaves::parse(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(XmlLeaves::parse(whole.substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::aws
