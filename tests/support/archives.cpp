#include "tests/support/archives.hpp"

#include "base/bytes.hpp"
#include "zip/writer.hpp"

#include <random>

namespace tapalcatl::tests {

std::vector<std::byte> make_archive(const std::vector<Member>& members, std::string_view comment) {
    zip::Writer writer;
    for (const auto& member : members) {
        zip::Writer::Options options;
        options.method = member.stored ? zip::Method::stored : zip::Method::deflated;
        options.comment = member.comment;
        writer.add(member.name, as_bytes(member.content), options);
    }
    return writer.finish(comment);
}

std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (auto& c : text) {
        c = static_cast<char>(random() & 0xffU);
    }
    return text;
}

}  // namespace tapalcatl::tests
