#include "aws/xml.hpp"

#include <algorithm>
#include <new>
#include <pugixml.hpp>

namespace tapalcatl::aws {
namespace {

Error malformed(std::string_view problem) {
    return fail(Errc::corrupt, "not XML as AWS writes it: {}", problem);
}

std::string without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string()
                                           : std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

std::string_view local_name(std::string_view name) {
    return name.substr(name.rfind(':') + 1);  // the whole name where there is no ':'
}

/// Appends the leaves of `element` and what is below it. Returns false if elements are nested too deeply.
bool collect_leaves(const pugi::xml_node& element, const std::string& parent, std::size_t depth,
                    std::vector<XmlLeaf>& leaves) {
    if (depth > XmlLeaves::max_depth) {
        return false;
    }
    const auto path = parent + std::string(local_name(element.name()));
    std::string text;
    bool is_leaf = true;
    for (const auto& child : element.children()) {
        if (child.type() != pugi::node_element) {
            text += child.value();
            continue;
        }
        is_leaf = false;
        if (!collect_leaves(child, path + '/', depth + 1, leaves)) {
            return false;
        }
    }
    if (is_leaf) {
        leaves.push_back({path, without_blanks(text)});
    }
    return true;
}

}  // namespace

Result<XmlLeaves> XmlLeaves::parse(std::string_view text, std::size_t limit) {
    if (text.size() > limit) {
        return fail(Errc::too_large, "an XML document of {} bytes, expected up to {}", text.size(), limit);
    }
    if (text.find('\0') != std::string_view::npos) {
        return malformed("a NUL character");
    }
    // As a fragment, text and document types around the element become nodes, so that they can be refused here.
    pugi::xml_document document;
    const auto status =
        document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_fragment | pugi::parse_doctype,
                             pugi::encoding_utf8);
    if (status.status == pugi::status_out_of_memory) {
        throw std::bad_alloc();
    }
    if (!status) {
        return malformed(status.description());
    }
    const auto root = document.first_child();
    if (root.type() != pugi::node_element || root.next_sibling()) {
        return malformed("expected one element and nothing else");
    }
    XmlLeaves leaves;
    leaves.root_ = root.name();
    if (!collect_leaves(root, "", 1, leaves.leaves_)) {
        return malformed("elements nested too deeply");
    }
    return leaves;
}

std::string_view XmlLeaves::text(std::string_view path) const {
    const auto found = std::find_if(leaves_.begin(), leaves_.end(), [&](const XmlLeaf& leaf) {
        const std::string_view whole = leaf.path;
        return whole == path ||
               (whole.size() > path.size() && whole.ends_with(path) && whole[whole.size() - path.size() - 1] == '/');
    });
    return found == leaves_.end() ? std::string_view() : std::string_view(found->text);
}

}  // namespace tapalcatl::aws
