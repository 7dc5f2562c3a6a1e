#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Events as AWS sends them, shortened to what is read of them and some of what is not.
namespace tapalcatl::tests {

inline constexpr std::string_view tile_path = "/tilezen/vector/v1/512/all/13/4310/2873.mvt";

/// Of a REST API: `context_path` is the path with stage or base path, `path` has the base path only.
inline std::string rest_event(std::string_view path, std::string_view context_path, std::string_view proxy,
                              std::string_view method = "GET", std::string_view domain = "abc.execute-api.example") {
    return fmt::format(R"({{"resource":"/{{proxy+}}","path":"{}","httpMethod":"{}",
        "headers":{{"Accept-Encoding":"br","Host":"inside.example","X-Forwarded-For":"192.0.2.7, 198.51.100.1"}},
        "multiValueHeaders":{{"Accept-Encoding":["gzip","br"],"Host":["inside.example"],
            "X-Forwarded-For":["192.0.2.7, 198.51.100.1"],"User-Agent":["curl/8"]}},
        "queryStringParameters":{{"a":"2"}},"multiValueQueryStringParameters":{{"a":["1","2 3"],"b":["&"]}},
        "pathParameters":{{"proxy":"{}"}},"stageVariables":null,
        "requestContext":{{"resourceId":"x","path":"{}","stage":"prod","domainName":"{}",
            "identity":{{"sourceIp":"198.51.100.1","userAgent":"curl/8"}}}},"body":null,"isBase64Encoded":false}})",
                       path, method, proxy, context_path, domain);
}

/// Of an HTTP API or function URL. `route` is "$default", or "GET /{proxy+}" with the parameter `proxy`.
inline std::string http_event(std::string_view raw_path, std::string_view stage = "$default",
                              std::string_view route = "$default", std::string_view proxy = "",
                              std::string_view method = "GET") {
    const auto parameters = proxy.empty() ? std::string() : fmt::format(R"("pathParameters":{{"proxy":"{}"}},)", proxy);
    return fmt::format(R"({{"version":"2.0","routeKey":"{}","rawPath":"{}","rawQueryString":"a=1&b=%26",
        "headers":{{"accept-encoding":"gzip,br","host":"abc.execute-api.example","x-forwarded-for":"198.51.100.1"}},
        "requestContext":{{"accountId":"1","domainName":"abc.execute-api.example","stage":"{}",
            "http":{{"method":"{}","path":"{}","protocol":"HTTP/1.1","sourceIp":"198.51.100.1"}}}},
        {}"isBase64Encoded":false}})",
                       route, raw_path, stage, method, raw_path, parameters);
}

/// Of an Application Load Balancer.
inline std::string alb_event(std::string_view path, bool multi_value, std::string_view method = "GET") {
    const auto* const form = multi_value ? R"("multiValueHeaders":{"accept-encoding":["gzip"],"host":["lb.example"],
            "x-forwarded-for":["192.0.2.7, 198.51.100.1"],"x-forwarded-proto":["https"]},
            "multiValueQueryStringParameters":{"a":["1","2%203"]})"
                                         : R"("headers":{"accept-encoding":"gzip","host":"lb.example",
            "x-forwarded-for":"192.0.2.7, 198.51.100.1","x-forwarded-proto":"https"},
            "queryStringParameters":{"a":"1"})";
    return fmt::format(R"({{"requestContext":{{"elb":{{"targetGroupArn":"arn:aws:x"}}}},"httpMethod":"{}","path":"{}",
        {},"body":"","isBase64Encoded":false}})",
                       method, path, form);
}

}  // namespace tapalcatl::tests
