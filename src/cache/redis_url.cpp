#include "cache/redis_url.hpp"

#include "base/text.hpp"
#include "net/local_connection.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace tapalcatl::cache {
namespace {

template <class... Args>
Error wrong(fmt::format_string<Args...> format, Args&&... args) {
    return fail(Errc::usage, "the URL of Redis {}", fmt::format(format, std::forward<Args>(args)...));
}

Result<std::string> decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (!low) {
            return wrong("has a % that begins no escape; a % itself is written %25");
        }
        decoded += static_cast<char>(*high << 4U | *low);
        i += 2;
    }
    return decoded;
}

Result<std::uint32_t> database_of(std::string_view text) {
    const auto number = parse_number(text);
    if (!number || *number > std::numeric_limits<std::int32_t>::max()) {
        return wrong("names a database that is no number");
    }
    return static_cast<std::uint32_t>(*number);
}

/// "user:password"
Result<void> read_login(std::string_view text, RedisAddress& address) {
    const auto user = decode(next_field(text, ':'));
    const auto password = decode(text);
    if (!user || !password) {
        return user ? password.error() : user.error();
    }
    address.user = *user;
    address.password = Secret(*password);
    return {};
}

/// "host:port", either of which may be missing.
Result<void> read_host(std::string_view text, RedisAddress& address) {
    std::string host(text);
    if (host.empty() || host.front() == ':') {
        host.insert(0, "localhost");
    }
    const auto bracket = host.rfind(']');
    if (host.find(':', bracket == std::string::npos ? 0 : bracket) == std::string::npos) {
        host += fmt::format(":{}", address.port);
    }
    const auto url = net::parse_url("http://" + host);
    if (!url || url->host.empty()) {
        return wrong("names no host and port that there could be");
    }
    address.host = url->host;
    address.port = url->port;
    return {};
}

Result<void> read_option(std::string_view name, const std::string& value, RedisAddress& address) {
    if (name == "db") {
        const auto database = database_of(value);
        if (!database) {
            return database.error();
        }
        address.database = *database;
    } else if (name == "username") {
        address.user = value;
    } else if (name == "password") {
        address.password = Secret(value);
    } else if (name == "ssl_ca_certs") {
        address.ca_file = value;
    } else if (name == "ssl_cert_reqs") {
        if (value != "none" && value != "optional" && value != "required") {
            return wrong("has an ssl_cert_reqs other than none, optional and required");
        }
        address.verifies = value != "none";
    } else if (name.starts_with("ssl_")) {
        return wrong("has an option on TLS that is not known here; known are ssl_cert_reqs and ssl_ca_certs");
    }
    return {};
}

Result<void> read_query(std::string_view query, RedisAddress& address) {
    while (!query.empty()) {
        auto value = next_field(query, '&');
        const auto name = next_field(value, '=');
        const auto decoded = decode(value);
        if (!decoded) {
            return decoded.error();
        }
        const auto done = read_option(name, *decoded, address);
        if (!done) {
            return done;
        }
    }
    return {};
}

Result<void> read_socket_path(std::string_view path, RedisAddress& address) {
    const auto decoded = decode(path);
    if (!decoded) {
        return decoded.error();
    }
    if (decoded->size() < 2 || decoded->front() != '/' || decoded->find('\0') != std::string::npos) {
        return wrong("names no socket: expected unix:///path");
    }
    if (decoded->size() > net::LocalConnection::longest_path) {
        return wrong("names a socket with a path of {} bytes; {} are possible", decoded->size(),
                     net::LocalConnection::longest_path);
    }
    address.socket_path = *decoded;
    return {};
}

}  // namespace

std::string RedisAddress::text() const {
    if (host.empty()) {
        return fmt::format("unix://{}?db={}", printable(socket_path), database);
    }
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}/{}", is_tls ? "rediss" : "redis", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                       port, database);
}

Result<RedisAddress> parse_redis_url(std::string_view text) {
    if (text.find('#') != std::string_view::npos) {
        return wrong("has a #; in a password it is written %23");
    }
    const auto scheme_end = text.find("://");
    const auto scheme = text.substr(0, scheme_end);
    RedisAddress address;
    address.is_tls = iequals(scheme, "rediss");
    const bool is_local = iequals(scheme, "unix") || iequals(scheme, "redis+socket");
    if (scheme_end == std::string_view::npos || (!address.is_tls && !is_local && !iequals(scheme, "redis"))) {
        return wrong("begins with none of redis://, rediss:// and unix://");
    }
    auto rest = text.substr(scheme_end + 3);
    const auto query_start = std::min(rest.find('?'), rest.size());
    const auto query = rest.substr(std::min(query_start + 1, rest.size()));
    rest = rest.substr(0, query_start);
    const auto path_start = std::min(rest.find('/'), rest.size());
    auto authority = rest.substr(0, path_start);
    const auto path = rest.substr(path_start);

    // The last @, as in Python: a password may have one.
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const auto done = read_login(authority.substr(0, at), address);
        if (!done) {
            return done.error();
        }
        authority = authority.substr(at + 1);
    }
    if (is_local && !authority.empty()) {
        return wrong("names a host where a socket's path belongs: expected unix:///path");
    }
    const auto place = is_local ? read_socket_path(path, address) : read_host(authority, address);
    if (!place) {
        return place.error();
    }
    if (!is_local && path.size() > 1) {
        const auto database = database_of(path.substr(1));
        if (!database) {
            return database.error();
        }
        address.database = *database;
    }
    const auto done = read_query(query, address);
    if (!done) {
        return done.error();
    }
    return address;
}

}  // namespace tapalcatl::cache
