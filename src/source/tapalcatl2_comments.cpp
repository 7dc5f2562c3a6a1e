#include "source/tapalcatl2_comments.hpp"

#include "base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>

namespace tapalcatl::source {

namespace json = boost::json;

namespace {

std::string shown(std::string_view text) {
    return printable(text.substr(0, longest_in_message)) + (text.size() > longest_in_message ? "..." : "");
}

std::string_view kind_name(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "a boolean";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}

/// Adds the headers of one object.
class HeaderReader {
 public:
    HeaderReader(std::string_view field, std::vector<std::string>& faults) : field_(field), faults_(faults) {}

    void add(const json::value& value) {
        const auto* const object = value.if_object();
        if (object == nullptr) {
            faults_.push_back(
                fmt::format("{}: {}: expected objects from header names to values", field_, kind_name(value)));
            return;
        }
        for (const auto& member : *object) {
            add(member.key(), member.value());
        }
    }

    HeaderList take() { return std::move(list_); }

 private:
    void add(std::string_view name, const json::value& value) {
        const auto* const text = value.if_string();
        if (text == nullptr) {
            faults_.push_back(
                fmt::format("{}: header '{}': {}: expected a string", field_, shown(name), kind_name(value)));
            return;
        }
        const auto trimmed = trim({text->data(), text->size()});
        if (const auto fault = header_fault(name, trimmed)) {
            faults_.push_back(fmt::format("{}: header '{}': {}", field_, shown(name), *fault));
            return;
        }
        size_ += name.size() + trimmed.size();
        if (list_.size() >= max_header_count || size_ > max_headers_size) {
            faults_.push_back(fmt::format("{}: header '{}': expected at most {} headers with {} bytes", field_,
                                          shown(name), max_header_count, max_headers_size));
            return;
        }
        set_header(list_, {std::string(name), std::string(trimmed)});
    }

    std::string_view field_;
    std::vector<std::string>& faults_;
    HeaderList list_;
    std::size_t size_ = 0;
};

std::optional<json::value> parse(std::string_view comment, std::vector<std::string>& faults) {
    json::parse_options options;
    options.max_depth = max_json_depth;
    boost::system::error_code error;
    auto value = json::parse(comment.substr(0, max_comment_size), error, {}, options);
    if (error) {
        faults.push_back(fmt::format("it is no JSON: '{}'", shown(comment)));
        return std::nullopt;
    }
    return value;
}

std::string warning_of(const std::vector<std::string>& faults) {
    constexpr std::size_t most = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(faults.size(), most); ++i) {
        text += (i > 0 ? "; " : "") + faults[i];
    }
    return faults.size() > most ? fmt::format("{}; and {} more", text, faults.size() - most) : text;
}

std::shared_ptr<const TileHeaders> shared(HeaderList list) {
    return list.empty() ? nullptr : std::make_shared<const TileHeaders>(std::move(list));
}

}  // namespace

std::shared_ptr<const TileHeaders> ArchiveHeaders::of(std::string_view entry_name) const {
    const auto dot = entry_name.rfind('.');
    const auto slash = entry_name.rfind('/');
    const bool has_extension = dot != std::string_view::npos && (slash == std::string_view::npos || slash < dot);
    const auto extension = has_extension ? entry_name.substr(dot + 1) : std::string_view();
    for (const auto& [format, headers] : formats) {
        if (format == extension) {
            return headers;
        }
    }
    return any_format;
}

std::size_t ArchiveHeaders::memory_size() const {
    auto size = sizeof *this + (any_format != nullptr ? any_format->memory_size() : 0);
    for (const auto& [format, headers] : formats) {
        size += sizeof formats.front() + format.capacity() + (headers != nullptr ? headers->memory_size() : 0);
    }
    return size;
}

HeaderList read_headers(const json::value& value, std::string_view field, std::vector<std::string>& faults) {
    HeaderReader reader(field, faults);
    if (const auto* const array = value.if_array()) {
        for (const auto& each : *array) {
            reader.add(each);
        }
    } else {
        reader.add(value);
    }
    return reader.take();
}

HeaderList read_format(const json::value& value, std::string_view field, std::vector<std::string>& faults) {
    const auto* const type = value.if_string();
    if (type == nullptr) {
        return read_headers(value, field, faults);
    }
    const auto trimmed = trim({type->data(), type->size()});
    if (const auto fault = header_fault("Content-Type", trimmed)) {
        faults.push_back(fmt::format("{}: '{}' as MIME type: {}", field, shown(trimmed), *fault));
        return {};
    }
    if (trimmed.find('/') == std::string_view::npos) {
        faults.push_back(fmt::format("{}: '{}': expected a MIME type, such as image/png", field, shown(trimmed)));
        return {};
    }
    return {{"Content-Type", std::string(trimmed)}};
}

ReadComment<ArchiveHeaders> read_archive_comment(std::string_view comment) {
    ReadComment<ArchiveHeaders> read;
    if (comment.empty()) {
        return read;
    }
    std::vector<std::string> faults;
    const auto value = parse(comment, faults);
    const auto* const object = value ? value->if_object() : nullptr;
    if (value && object == nullptr) {
        faults.push_back(fmt::format("it is {}: expected an object", kind_name(*value)));
    }
    if (object == nullptr) {
        read.warning = warning_of(faults);
        return read;
    }
    HeaderList general;
    if (const auto* const headers = object->if_contains("headers")) {
        general = read_headers(*headers, "headers", faults);
    }
    if (const auto* const formats = object->if_contains("formats")) {
        const auto* const members = formats->if_object();
        if (members == nullptr) {
            faults.push_back(fmt::format("formats: {}: expected an object", kind_name(*formats)));
        } else if (members->size() > max_format_count) {
            faults.push_back(
                fmt::format("formats: {} of them: expected at most {}", members->size(), max_format_count));
        } else {
            for (const auto& member : *members) {
                const std::string extension(member.key());
                auto list = read_format(member.value(), "formats." + shown(extension), faults);
                read.headers.formats.emplace_back(extension, shared(merged(general, list)));
            }
        }
    }
    read.headers.any_format = shared(std::move(general));
    read.warning = warning_of(faults);
    return read;
}

ReadComment<HeaderList> read_entry_comment(std::string_view comment) {
    ReadComment<HeaderList> read;
    if (comment.empty()) {
        return read;
    }
    std::vector<std::string> faults;
    if (const auto value = parse(comment, faults)) {
        read.headers = read_headers(*value, "its comment", faults);
    }
    read.warning = warning_of(faults);
    return read;
}

}  // namespace tapalcatl::source
