#include "cache/redis_url.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "net/connection.hpp"

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
    if (!percent_decode(text, decoded).empty()) {
        return wrong("has a % that begins no escape; a % itself is written %25");
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
    const bool has_host = !text.empty() && text.front() != ':';
    const auto authority = parse_authority(has_host ? std::string(text) : fmt::format("localhost{}", text));
    if (!authority) {
        return wrong("names no host and port that there could be");
    }
    address.host = authority->host;
    address.port = authority->port.value_or(address.port);
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

bool is_login(std::string_view option) {
    return option == "username" || option == "password";
}

Result<void> read_query(std::string_view query, RedisAddress& address) {
    while (!query.empty()) {
        auto value = next_field(query, '&');
        const auto name = next_field(value, '=');
        const auto decoded = decode(value);
        if (!decoded) {
            return decoded.error();
        }
        // A login is the only option with an @. Elsewhere it ends a password that has a ? in it.
        if (fmt::format("{}{}", name, is_login(name) ? "" : value).find('@') != std::string::npos) {
            return wrong("has an @ behind a ?; in a password they are written %40 and %3F");
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
    if (decoded->size() > net::LocalConnection::max_path_length) {
        return wrong("names a socket with a path of {} bytes; {} are possible", decoded->size(),
                     net::LocalConnection::max_path_length);
    }
    address.socket_path = *decoded;
    return {};
}

}  // namespace

std::string RedisAddress::text() const {
    if (host.empty()) {
        return fmt::format("unix://{}?db={}", printable(socket_path), database);
    }
    return fmt::format("{}://{}/{}", is_tls ? "rediss" : "redis", host_and_port(host, port), database);
}

Result<RedisAddress> parse_redis_url(std::string_view text) {
    if (text.find('#') != std::string_view::npos) {
        return wrong("has a #; in a password it is written %23");
    }
    const auto parts = split_url(text);
    RedisAddress address;
    address.is_tls = parts && iequals(parts->scheme, "rediss");
    const bool is_local = parts && (iequals(parts->scheme, "unix") || iequals(parts->scheme, "redis+socket"));
    if (!parts || (!address.is_tls && !is_local && !iequals(parts->scheme, "redis"))) {
        return wrong("begins with none of redis://, rediss:// and unix://");
    }
    if (parts->userinfo) {
        const auto done = read_login(*parts->userinfo, address);
        if (!done) {
            return done.error();
        }
    }
    const auto authority = parts->authority;
    const auto path = parts->path;
    if (is_local && !authority.empty()) {
        return wrong("names a host where a socket's path belongs: expected unix:///path");
    }
    const auto read = is_local ? read_socket_path(path, address) : read_host(authority, address);
    if (!read) {
        return read.error();
    }
    if (!is_local && path.size() > 1) {
        const auto database = database_of(path.substr(1));
        if (!database) {
            return database.error();
        }
        address.database = *database;
    }
    const auto done = read_query(parts->query.value_or(""), address);
    if (!done) {
        return done.error();
    }
    return address;
}

}  // namespace tapalcatl::cache
