#include "source/tapalcatl2_meta.hpp"

#include "base/text.hpp"
#include "source/tapalcatl2_comments.hpp"

#include <boost/json/error.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace tapalcatl::source {

namespace json = boost::json;

namespace {

constexpr unsigned max_zoom = 30;  ///< TileJSON's
constexpr unsigned max_scale = 8;
constexpr unsigned max_metatile = 1024;
constexpr std::size_t max_extension = 16;  ///< bytes
constexpr std::size_t max_text = 8192;     ///< bytes of a name, a description, an attribution

/// A value as a message shows it.
std::string shown(const json::value& value) {
    const auto text = json::serialize(value);
    return printable(std::string_view(text).substr(0, longest_in_message)) +
           (text.size() > longest_in_message ? "..." : "");
}

std::optional<double> number_of(const json::value& value) {
    if (!value.is_number()) {
        return std::nullopt;
    }
    const auto number = value.to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// A whole number, also if it is written as 3.0.
std::optional<unsigned> whole_number(const json::value& value, unsigned least, unsigned most) {
    const auto number = number_of(value);
    if (!number || *number < least || *number > most || *number != std::floor(*number)) {
        return std::nullopt;
    }
    return static_cast<unsigned>(*number);
}

/// Reads the members of a meta.json, and collects what is wrong with them.
class MetaReader {
 public:
    MetaReader(const json::object& document, std::string_view url) : document_(document), url_(url) {}

    Result<Tapalcatl2Meta> read() {
        read_version();
        auto& about = meta_.description;
        about.name = text("name");
        about.description = text("description");
        about.attribution = text("attribution");
        read_zooms();
        read_bounds();
        read_center();
        read_formats();
        meta_.scheme.metatile_size = metatile();
        read_materialized_zooms();
        read_source();
        if (!faults_.empty()) {
            std::string all;
            for (const auto& fault : faults_) {
                all += (all.empty() ? "" : "; ") + fault;
            }
            return fail(Errc::corrupt, "{}", all);
        }
        return std::move(meta_);
    }

 private:
    /// Null if it is absent; an explicit null counts as absent.
    const json::value* member(std::string_view name) const {
        const auto* const value = document_.if_contains(name);
        return value != nullptr && !value->is_null() ? value : nullptr;
    }

    void fault(std::string_view field, const json::value& found, std::string_view expected) {
        faults_.push_back(fmt::format("{}: {}: expected {}", field, shown(found), expected));
    }

    void missing(std::string_view field, std::string_view expected) {
        faults_.push_back(fmt::format("{}: missing: expected {}", field, expected));
    }

    std::string text(std::string_view name) {
        const auto* const value = member(name);
        if (value == nullptr) {
            return {};
        }
        const auto* const found = value->if_string();
        if (found == nullptr || found->size() > max_text) {
            fault(name, *value, fmt::format("a string of at most {} bytes", max_text));
            return {};
        }
        return {found->data(), found->size()};
    }

    unsigned number(std::string_view name, unsigned least, unsigned most, unsigned otherwise) {
        const auto* const value = member(name);
        if (value == nullptr) {
            return otherwise;
        }
        const auto found = whole_number(*value, least, most);
        if (!found) {
            fault(name, *value, fmt::format("a whole number from {} to {}", least, most));
        }
        return found.value_or(otherwise);
    }

    void read_version() {
        const auto* const value = member("tapalcatl");
        if (value == nullptr) {
            return;
        }
        const auto* const version = value->if_string();
        if (version == nullptr || !std::string_view(version->data(), version->size()).starts_with("2.")) {
            fault("tapalcatl", *value, "version 2, such as \"2.0.0\"");
        }
    }

    void read_zooms() {
        const auto least = number("minzoom", 0, max_zoom, 0);
        const auto most = number("maxzoom", 0, max_zoom, max_zoom);
        if (least > most) {
            faults_.push_back(fmt::format("minzoom: {}: expected at most maxzoom, {}", least, most));
        }
        const auto least_scale = number("minscale", 1, max_scale, 1);
        const auto most_scale = number("maxscale", 1, max_scale, least_scale);
        if (least_scale > most_scale) {
            faults_.push_back(fmt::format("minscale: {}: expected at most maxscale, {}", least_scale, most_scale));
        }
        meta_.description.min_zoom = least;
        for (auto scale = least_scale; scale <= most_scale; ++scale) {
            meta_.description.scales.push_back({scale, most});
        }
    }

    /// The numbers of an array, if it has that many and nothing else.
    static std::optional<std::vector<double>> numbers(const json::value& value, std::size_t count) {
        const auto* const array = value.if_array();
        if (array == nullptr || array->size() != count) {
            return std::nullopt;
        }
        std::vector<double> all;
        for (const auto& each : *array) {
            const auto number = number_of(each);
            if (!number) {
                return std::nullopt;
            }
            all.push_back(*number);
        }
        return all;
    }

    void read_bounds() {
        const auto* const value = member("bounds");
        if (value == nullptr) {
            return;
        }
        const auto all = numbers(*value, 4);
        if (!all || std::abs((*all)[0]) > 180 || std::abs((*all)[2]) > 180 || std::abs((*all)[1]) > 90 ||
            std::abs((*all)[3]) > 90 || (*all)[1] > (*all)[3]) {
            fault("bounds", *value, "four numbers: west, south, east, north, in degrees");
            return;
        }
        std::copy(all->begin(), all->end(), meta_.description.bounds.begin());
    }

    void read_center() {
        const auto* const value = member("center");
        if (value == nullptr) {
            return;
        }
        const auto all = numbers(*value, 3);
        if (!all || std::abs((*all)[0]) > 180 || std::abs((*all)[1]) > 90 || (*all)[2] < 0 || (*all)[2] > max_zoom) {
            fault("center", *value, "three numbers: longitude, latitude, zoom");
            return;
        }
        meta_.description.center = TilesetDescription::Center{(*all)[0], (*all)[1], static_cast<unsigned>((*all)[2])};
    }

    void read_formats() {
        constexpr auto expected = "an object from file name extensions to MIME types or headers";
        const auto* const value = member("formats");
        if (value == nullptr) {
            missing("formats", expected);
            return;
        }
        const auto* const formats = value->if_object();
        if (formats == nullptr || formats->empty() || formats->size() > max_format_count) {
            fault("formats", *value, fmt::format("{}, 1 to {} of them", expected, max_format_count));
            return;
        }
        for (const auto& format : *formats) {
            read_format_of(format.key(), format.value());
        }
    }

    void read_format_of(std::string_view extension, const json::value& value) {
        const bool is_name = !extension.empty() && extension.size() <= max_extension &&
                             std::all_of(extension.begin(), extension.end(), is_ascii_alphanumeric);
        if (!is_name) {
            faults_.push_back(fmt::format("formats: extension '{}': expected 1 to {} letters and digits",
                                          printable(extension.substr(0, longest_in_message)), max_extension));
            return;
        }
        auto headers = std::make_shared<const TileHeaders>(
            source::read_format(value, fmt::format("formats.{}", extension), faults_));
        if (!is_readable_encoding(headers->content_encoding)) {
            faults_.push_back(fmt::format("formats.{}: Content-Encoding '{}': expected gzip or none", extension,
                                          printable(headers->content_encoding.substr(0, longest_in_message))));
        }
        meta_.description.formats.push_back({std::string(extension), std::string(headers->content_type)});
        meta_.headers.push_back(std::move(headers));
    }

    unsigned metatile() {
        const auto* const value = member("metatile");
        if (value == nullptr) {
            return 1;
        }
        const auto size = whole_number(*value, 1, max_metatile);
        if (!size || !std::has_single_bit(*size)) {
            fault("metatile", *value, fmt::format("a power of two from 1 to {}", max_metatile));
            return 1;
        }
        return *size;
    }

    void read_materialized_zooms() {
        const auto* const value = member("materializedZooms");
        if (value == nullptr) {
            return;  // all in 0/0/0
        }
        const auto* const array = value->if_array();
        std::vector<unsigned> zooms;
        bool is_good = array != nullptr && !array->empty() && array->size() <= max_zoom + 1;
        for (std::size_t i = 0; is_good && i < array->size(); ++i) {
            const auto zoom = whole_number((*array)[i], 0, max_zoom);
            is_good = zoom && std::find(zooms.begin(), zooms.end(), *zoom) == zooms.end();
            zooms.push_back(zoom.value_or(0));
        }
        if (!is_good) {
            fault("materializedZooms", *value, fmt::format("an array of different zooms from 0 to {}", max_zoom));
            return;
        }
        std::sort(zooms.begin(), zooms.end());
        meta_.scheme.materialized_zooms = std::move(zooms);
    }

    void read_source() {
        const auto* const value = member("source");
        if (value == nullptr) {
            missing("source", "a template for the URLs of the archives");
            return;
        }
        const auto* const source = value->if_string();
        if (source == nullptr) {
            fault("source", *value, "a template for the URLs of the archives");
            return;
        }
        auto place = resolve_archives({source->data(), source->size()}, url_);
        if (!place) {
            faults_.push_back(fmt::format("source: {}: {}", shown(*value), place.error().message));
            return;
        }
        meta_.archives = std::move(*place);
    }

    const json::object& document_;
    std::string_view url_;
    Tapalcatl2Meta meta_;
    std::vector<std::string> faults_;
};

}  // namespace

Result<Tapalcatl2Meta> parse_tapalcatl2_meta(std::string_view text, std::string_view url) {
    if (text.size() > max_meta_size) {
        return fail(Errc::too_large, "{} bytes, over the limit of {}", text.size(), max_meta_size);
    }
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    json::parse_options options;
    options.max_depth = max_json_depth;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const auto parsed = parser.write_some(text.data(), text.size(), error);
    if (!error) {
        // Blanks may follow.
        const auto rest = text.substr(parsed);
        if (!parser.done()) {
            error = json::error::incomplete;
        } else if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
            error = json::error::extra_data;
        }
    }
    if (error) {
        return fail(Errc::corrupt, "not JSON: {} at byte {} of {}", error.message(), parsed, text.size());
    }
    const auto document = parser.release();
    const auto* const object = document.if_object();
    if (object == nullptr) {
        return fail(Errc::corrupt, "{}: expected a JSON object", shown(document));
    }
    return MetaReader(*object, url).read();
}

}  // namespace tapalcatl::source
