#include "cli/config_schema.hpp"

#include "base/text.hpp"
#include "settings/config_file.hpp"
#include "settings/file_member.hpp"
#include "settings/setting_table.hpp"
#include "source/tile_headers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace tapalcatl::cli {
namespace {

using boost::json::array;
using boost::json::object;

object reference(std::string_view to) {
    return {{"$ref", fmt::format("#/{}", to)}};
}

/// A text with a variable in it: what it will be is not known to an editor.
object with_variable() {
    return reference("$defs/with_variable");
}

object text_like(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

object any_of(array schemas) {
    return {{"anyOf", std::move(schemas)}};
}

/// A whole number from `min` to `max`, as a number or as text.
object whole_number(const ValueForm& form, std::string_view text_pattern) {
    object number{{"type", "integer"}, {"minimum", form.min}};
    if (form.max < std::numeric_limits<std::uint64_t>::max()) {
        number.emplace("maximum", form.max);
    }
    array schemas{std::move(number), text_like(text_pattern)};
    if (form.may_be_empty) {
        schemas.push_back(object{{"const", ""}});
    }
    schemas.push_back(with_variable());
    return any_of(std::move(schemas));
}

object one_of_words(const ValueForm& form) {
    array words;
    for (const auto word : form.words) {
        words.emplace_back(word);
        if (const auto number = parse_number(word)) {
            words.emplace_back(*number);  // YAML takes 204 for a number
        }
    }
    return any_of({object{{"enum", std::move(words)}}, with_variable()});
}

object list_of_values(const ValueForm& form) {
    object list{{"type", "array"}, {"items", {{"type", {"number", "string"}}}}};
    if (form.length > 0) {
        list.emplace("minItems", form.length);
        list.emplace("maxItems", form.length);
    }
    return any_of({std::move(list), object{{"type", form.length > 0 ? array{"string"} : array{"string", "number"}}}});
}

object schema_of(const ValueForm& form) {
    switch (form.kind) {
        case ValueForm::Kind::number:
            return whole_number(form, R"(^\s*[0-9]+\s*$)");
        case ValueForm::Kind::size:
            return whole_number(form, R"(^\s*[0-9]+ ?(([kKmMgGtT][iI]?)?[bB])?\s*$)");
        case ValueForm::Kind::duration:
            return whole_number(form, R"(^\s*[0-9]+ ?([mM]?[sS]|[mMhHdD])?\s*$)");
        case ValueForm::Kind::choice:
            return one_of_words(form);
        case ValueForm::Kind::truth:
            return any_of({object{{"type", "boolean"}}, object{{"enum", {"true", "false"}}}, with_variable()});
        case ValueForm::Kind::list:
            return list_of_values(form);
        case ValueForm::Kind::text:
            break;
    }
    return {{"type", {"string", "number", "boolean"}}};  // YAML takes texts such as 2026 and true for the latter two
}

object described(object schema, std::string description) {
    schema.emplace("description", std::move(description));
    return schema;
}

object schema_of(const Setting& setting) {
    return described(schema_of(setting.codec.form),
                     fmt::format("{} Expected: {}. Default: {}. Variable: {}.", setting.help, setting.codec.expected,
                                 setting.default_value(), setting.variable));
}

object formats_schema() {
    constexpr std::string_view extension = R"(^(?![0-9]+(\.|$))[^/]+$)";  // is_format()
    const object extensions{{"type", "array"}, {"minItems", 1}, {"items", text_like(extension)}};
    const object types{{"type", "object"},
                       {"minProperties", 1},
                       {"propertyNames", {{"pattern", extension}}},
                       {"additionalProperties", text_like(R"(^$|/|\$\{)")}};
    return any_of({extensions, types});
}

/// An object with these members, and no other.
object mapping_of(object properties) {
    return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

/// The settings of which `pick` says so, by reference to those of the document.
template <class Pick>
object picked_settings(Pick pick) {
    object properties;
    for (const auto& setting : setting_table()) {
        if (pick(setting)) {
            properties.emplace(setting.name, reference(fmt::format("properties/{}", setting.name)));
        }
    }
    return properties;
}

/// As source::header_fault() takes them, but for names that are refused.
object headers_schema() {
    return {{"type", "object"},
            {"propertyNames", text_like(R"(^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$)")},
            {"maxProperties", source::max_header_count},
            {"additionalProperties", any_of({text_like("^[ -~]*$"), object{{"type", {"number", "boolean"}}}})}};
}

object named(std::string_view name_pattern, std::string_view definition) {
    return {{"type", "object"},
            {"propertyNames", {{"pattern", name_pattern}}},
            {"additionalProperties", reference(fmt::format("$defs/{}", definition))}};
}

object schema_of(FileMember member) {
    switch (member) {
        case FileMember::tilesets: {
            // service::is_tileset_name()
            auto tilesets = named("^(?!(catalog|preview|tilezen)$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "tileset");
            tilesets.emplace("minProperties", 1);
            return tilesets;
        }
        case FileMember::named_sources:
            return named(R"(^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$)", "source");  // web::is_token()
        case FileMember::headers:
            return headers_schema();
        case FileMember::formats:
            return formats_schema();
        case FileMember::sources:
            return {{"type", "array"}, {"minItems", 1}, {"uniqueItems", true}, {"items", schema_of(ValueForm{})}};
        case FileMember::on_failure:
            return one_of_words({.kind = ValueForm::Kind::choice, .words = {"fail", "next"}});
        case FileMember::routes:
            return {{"type", "array"}, {"items", text_like(R"(^/|\$\{)")}};
        case FileMember::description:
            break;
    }
    return schema_of(ValueForm{});
}

object schema_of(const FileMemberInfo& info) {
    return described(schema_of(info.member), std::string(info.help));
}

object source_schema() {
    return described(mapping_of(picked_settings(is_of_source)),
                     "A source of metatiles. Settings that it does not have are the server's.");
}

object tileset_schema() {
    auto properties = picked_settings(may_differ);
    for (const auto& info : tileset_members()) {
        properties.emplace(info.name, schema_of(info));
    }
    auto schema =
        described(mapping_of(std::move(properties)), "A tileset. Settings that it does not have are the server's.");
    object left_to_sources;
    for (const auto& setting : picked_settings(is_of_source)) {
        left_to_sources.emplace(setting.key(), false);
    }
    schema.emplace("dependentSchemas", object{{"sources", object{{"properties", std::move(left_to_sources)}}}});
    schema.emplace("dependentRequired", object{{"on_failure", {"sources"}}});
    return schema;
}

}  // namespace

object config_schema() {
    object properties;
    for (const auto& info : document_members()) {
        properties.emplace(info.name, schema_of(info));
    }
    for (const auto& setting : setting_table()) {
        properties.emplace(setting.name, schema_of(setting));
    }
    auto variable = text_like(R"(\$\{)");
    variable.emplace("description", "A text in which variables are replaced: ${NAME} or ${NAME:-text}.");
    return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"title", "Configuration file of tapalcatl"},
            {"description", "Settings of the server, and tilesets. Flags and variables take precedence."},
            {"type", {"object", "null"}},
            {"properties", std::move(properties)},
            {"additionalProperties", false},
            {"$defs",
             {{"with_variable", std::move(variable)}, {"source", source_schema()}, {"tileset", tileset_schema()}}}};
}

}  // namespace tapalcatl::cli
