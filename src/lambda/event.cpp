#include "lambda/event.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tapalcatl::lambda {

namespace json = boost::json;

namespace {

constexpr std::string_view expected =
    "expected an event of API Gateway (payload format 1.0 or 2.0), a function URL, an Application Load Balancer, a "
    "schedule or S3 Batch Operations";

/// Real events have five levels.
constexpr std::size_t max_depth = 32;

std::string_view as_view(const json::string& text) {
    return {text.data(), text.size()};
}

/// The text of a member, or an empty text if the member is missing or is not a string.
std::string_view text_in(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : as_view(*text);
}

/// A member that is an object; null if it is not.
const json::object* object_in(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

std::string_view text_in(const json::object* object, std::string_view name) {
    return object == nullptr ? std::string_view() : text_in(*object, name);
}

/// Calls `visit(text)` for a string, and for each string of an array.
template <class Visitor>
void for_each_text(const json::value& value, Visitor visit) {
    if (const auto* const text = value.if_string()) {
        visit(as_view(*text));
    } else if (const auto* const list = value.if_array()) {
        for (const auto& member : *list) {
            if (const auto* const text_of_member = member.if_string()) {
                visit(as_view(*text_of_member));
            }
        }
    }
}

std::optional<web::Field> field_of(std::string_view name) {
    using web::Field;
    static constexpr std::array<std::pair<std::string_view, Field>, web::field_count> names{{
        {"host", Field::host},
        {"accept", Field::accept},
        {"accept-encoding", Field::accept_encoding},
        {"if-none-match", Field::if_none_match},
        {"if-modified-since", Field::if_modified_since},
        {"access-control-request-headers", Field::access_control_request_headers},
        {"forwarded", Field::forwarded},
        {"x-forwarded-for", Field::x_forwarded_for},
        {"x-forwarded-host", Field::x_forwarded_host},
        {"x-forwarded-proto", Field::x_forwarded_proto},
        {"x-forwarded-prefix", Field::x_forwarded_prefix},
        {"user-agent", Field::user_agent},
        {"referer", Field::referer},
        {"origin", Field::origin},
    }};
    const auto* const found =
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return iequals(each.first, name); });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

/// Reads the headers, of which multiValueHeaders has all values and headers the last one of each. Returns the value of
/// the header `wanted`.
std::string read_headers(const json::object& event, std::string_view wanted, Event& read) {
    const auto* headers = object_in(event, "multiValueHeaders");
    headers = headers == nullptr ? object_in(event, "headers") : headers;
    std::string value_of_wanted;
    if (headers == nullptr) {
        return value_of_wanted;
    }
    for (const auto& [name, value] : *headers) {
        const std::string_view header_name(name.data(), name.size());
        const auto field = field_of(header_name);
        const bool is_wanted = !wanted.empty() && iequals(header_name, wanted);
        for_each_text(value, [&](std::string_view text) {
            if (is_wanted) {
                value_of_wanted = text;
            }
            if (field) {
                auto& stored = read[*field];
                stored.append(stored.empty() ? "" : ", ").append(text);
            }
        });
    }
    return value_of_wanted;
}

/// Writes `text` as a part of a request target: bytes that cannot be in one are escaped, and those in `also`.
void append_escaped(std::string& out, std::string_view text, std::string_view also) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f || c == '#' || also.find(c) != std::string_view::npos) {
            fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
        } else {
            out += c;
        }
    }
}

/// `path` as a request target. `is_decoded`: its escapes were decoded by the front.
std::string as_target(std::string_view path, bool is_decoded) {
    std::string target;
    if (!path.starts_with('/')) {
        target += '/';
    }
    append_escaped(target, path, is_decoded ? "?%" : "?");
    return target;
}

/// The query of the forms that have it as an object of parameters. `is_decoded`: as in as_target().
std::string query_of(const json::object& event, bool is_decoded) {
    const auto* parameters = object_in(event, "multiValueQueryStringParameters");
    parameters = parameters == nullptr ? object_in(event, "queryStringParameters") : parameters;
    std::string query;
    if (parameters == nullptr) {
        return query;
    }
    const auto escaped = [&](std::string_view text) {
        std::string out;
        append_escaped(out, is_decoded ? uri_encode(text) : std::string(text), "");
        return out;
    };
    for (const auto& [name, value] : *parameters) {
        const std::string_view parameter(name.data(), name.size());
        for_each_text(value, [&](std::string_view text) {
            query += fmt::format("{}{}={}", query.empty() ? "" : "&", escaped(parameter), escaped(text));
        });
    }
    return query;
}

/// The path that API Gateway matched with `route` ("/{proxy+}"), without stage and base path. nullopt if the route has
/// no path ("$default"), or if `parameters` lacks one of its parameters.
std::optional<std::string> routed_path(std::string_view route, const json::object* parameters) {
    if (!route.starts_with('/')) {
        return std::nullopt;
    }
    std::string path;
    while (!route.empty()) {
        const auto open = route.find('{');
        const auto close = route.find('}', open == std::string_view::npos ? route.size() : open);
        if (close == std::string_view::npos) {
            return path.append(route);
        }
        path += route.substr(0, open);
        auto name = route.substr(open + 1, close - open - 1);
        name = name.ends_with('+') ? name.substr(0, name.size() - 1) : name;
        const auto value = text_in(parameters, name);
        if (value.empty()) {
            return std::nullopt;
        }
        path += value;
        route.remove_prefix(close + 1);
    }
    return path;
}

/// What is in front of `tail` in `path`; nullopt if `path` does not end with `tail`.
std::optional<std::string_view> prefix_before(std::string_view path, std::string_view tail) {
    if (tail == "/") {
        return path.substr(0, path.find_last_not_of('/') + 1);
    }
    if (!path.ends_with(tail)) {
        return std::nullopt;
    }
    return path.substr(0, path.size() - tail.size());
}

/// "/prod" if `path` is below the path of the stage `prod`; empty for the stage without a path.
std::string stage_prefix(std::string_view path, std::string_view stage) {
    if (stage.empty() || stage == "$default") {
        return {};
    }
    auto prefix = fmt::format("/{}", stage);
    const bool is_below = path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
    return is_below ? prefix : std::string();
}

/// Sets the peer, who is the last to have been added to X-Forwarded-For by the front itself.
void set_peer(Event& event, std::string_view peer) {
    auto& list = event[web::Field::x_forwarded_for];
    const auto comma = list.rfind(',');
    const auto last = trim(std::string_view(list).substr(comma == std::string::npos ? 0 : comma + 1));
    event.peer = peer.empty() ? last : peer;
    if (last == event.peer) {
        list.resize(comma == std::string::npos ? 0 : comma);
    }
}

void set_method(Event& event, std::string_view method) {
    event.method = printable(method.substr(0, 32));
}

Event read_alb(const json::object& document, Event event) {
    event.shape = object_in(document, "multiValueHeaders") != nullptr ? Shape::alb_multi_value : Shape::alb;
    set_method(event, text_in(document, "httpMethod"));
    event.target = as_target(text_in(document, "path"), false);
    if (const auto query = query_of(document, false); !query.empty()) {
        event.target.append("?").append(query);
    }
    const auto& scheme = event[web::Field::x_forwarded_proto];
    event.scheme = scheme.empty() ? "http" : scheme;
    set_peer(event, {});
    return event;
}

Event read_http_api(const json::object& document, const json::object& context, Event event) {
    event.shape = Shape::http_api;
    const auto* const http = object_in(context, "http");
    set_method(event, text_in(http, "method"));
    auto route = text_in(document, "routeKey");
    next_field(route, ' ');  // the method
    const auto path = text_in(document, "rawPath");
    const auto routed = routed_path(route, object_in(document, "pathParameters"));
    const auto prefix = routed ? prefix_before(path, *routed) : std::nullopt;
    event.prefix = prefix ? std::string(*prefix) : stage_prefix(path, text_in(context, "stage"));
    event.target = as_target(path.substr(event.prefix.size()), true);
    if (const auto query = text_in(document, "rawQueryString"); !query.empty()) {
        event.target += '?';
        append_escaped(event.target, query, "");
    }
    set_peer(event, text_in(http, "sourceIp"));
    event.can_stream = text_in(context, "domainName").find(".lambda-url.") != std::string_view::npos;
    return event;
}

Event read_rest_api(const json::object& document, const json::object& context, Event event) {
    event.shape = Shape::rest_api;
    set_method(event, text_in(document, "httpMethod"));
    auto path = text_in(document, "path");
    // A custom domain's base path is in the path; an HTTP API that sends format 1.0 leaves the stage in it too.
    const auto routed = routed_path(text_in(document, "resource"), object_in(document, "pathParameters"));
    const auto base_path = routed ? prefix_before(path, *routed) : std::nullopt;
    const bool is_http_api = text_in(document, "version") == "1.0";
    const auto stage = is_http_api ? stage_prefix(path, text_in(context, "stage")) : std::string();
    event.prefix = base_path ? std::string(*base_path) : stage;
    path.remove_prefix(event.prefix.size());
    path = path.empty() ? "/" : path;
    // The path of the context is that of the client's URL, with stage or base path.
    if (const auto visible = prefix_before(text_in(context, "path"), path)) {
        event.prefix = *visible;
    }
    event.target = as_target(path, false);
    if (const auto query = query_of(document, true); !query.empty()) {
        event.target.append("?").append(query);
    }
    set_peer(event, text_in(object_in(context, "identity"), "sourceIp"));
    event.can_stream = !is_http_api;
    return event;
}

/// The job in an event of S3 Batch Operations; nullopt for any other event.
std::optional<BatchJob> read_batch_job(const json::object& document) {
    const auto* const value = document.if_contains("tasks");
    const auto* const tasks = value == nullptr ? nullptr : value->if_array();
    BatchJob job;
    job.schema_version = text_in(document, "invocationSchemaVersion");
    job.invocation_id = text_in(document, "invocationId");
    if (tasks == nullptr || job.schema_version.empty()) {
        return std::nullopt;
    }
    for (const auto& each : *tasks) {
        const auto* const task = each.if_object();
        const auto arn = text_in(task, "s3BucketArn");
        const auto bucket = arn.empty() ? text_in(task, "s3Bucket") : bucket_of_arn(arn);
        job.tasks.push_back({std::string(text_in(task, "taskId")), std::string(bucket),
                             decoded_key(text_in(task, "s3Key")), std::string(text_in(task, "s3VersionId"))});
    }
    return job;
}

bool is_warm_up(const json::object& document) {
    const auto source = text_in(document, "source");
    const auto* const flag = document.if_contains("warmup");
    return document.empty() || source == "aws.events" || source == "aws.scheduler" ||
           (flag != nullptr && flag->is_bool() && flag->get_bool());
}

Error unknown_event(const json::object& document) {
    constexpr std::size_t most_names = 8;
    constexpr std::size_t longest_name = 40;
    std::string names;
    std::size_t count = 0;
    for (const auto& [name, value] : document) {
        if (count++ == most_names) {
            names += ", ...";
            break;
        }
        names += names.empty() ? "" : ", ";
        names += printable(std::string_view(name.data(), name.size()).substr(0, longest_name));
    }
    return fail(Errc::bad_request, "the event has the members {}: {}", names, expected);
}

web::Method method_of(std::string_view name) {
    return name == "GET"       ? web::Method::get
           : name == "HEAD"    ? web::Method::head
           : name == "OPTIONS" ? web::Method::options
                               : web::Method::other;
}

}  // namespace

web::Request Event::request() const {
    web::Request request;
    request.method = method_of(method);
    request.method_name = method;
    request.target = target;
    request.scheme = scheme;
    request.peer = peer;
    request.prefix = prefix;
    std::copy(fields.begin(), fields.end(), request.fields.begin());
    return request;
}

Result<Event> parse_event(std::string_view text, const EventOptions& options) {
    json::parse_options parse_options;
    parse_options.max_depth = max_depth;
    json::monotonic_resource memory;
    boost::system::error_code error;
    const auto value = json::parse(text, error, &memory, parse_options);
    if (error) {
        return fail(Errc::bad_request, "the event is not JSON: {}", expected);
    }
    const auto* const document = value.if_object();
    if (document == nullptr) {
        return fail(Errc::bad_request, "the event is JSON, but not an object: {}", expected);
    }
    const auto* const context = object_in(*document, "requestContext");
    Event event;
    if (context == nullptr) {
        if (auto job = read_batch_job(*document)) {
            event.shape = Shape::batch_job;
            event.job = std::move(*job);
            return event;
        }
        return is_warm_up(*document) ? Result<Event>(event) : unknown_event(*document);
    }
    const auto host_for_clients = read_headers(*document, options.host_header, event);
    if (object_in(*context, "elb") != nullptr) {
        event = read_alb(*document, std::move(event));
    } else {
        event.scheme = "https";
        if (object_in(*context, "http") != nullptr && !text_in(*document, "rawPath").empty()) {
            event = read_http_api(*document, *context, std::move(event));
        } else if (!text_in(*document, "httpMethod").empty()) {
            event = read_rest_api(*document, *context, std::move(event));
        } else {
            return unknown_event(*document);
        }
        if (const auto domain = text_in(*context, "domainName"); !domain.empty()) {
            event[web::Field::host] = domain;
        }
    }
    if (!host_for_clients.empty()) {
        event[web::Field::host] = host_for_clients;
        event.scheme = "https";
        event.prefix.clear();
    }
    return event;
}

}  // namespace tapalcatl::lambda
