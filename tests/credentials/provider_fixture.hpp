#pragma once

#include "credentials/cached_provider.hpp"
#include "credentials/retrying_client.hpp"

#include "tests/net/fixture.hpp"
#include "tests/support/fake_environment.hpp"

#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::credentials::tests {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using tapalcatl::tests::machine;
using tapalcatl::tests::ok;
using tapalcatl::tests::ScriptedServer;
using tapalcatl::tests::Texts;

using Answer = Result<std::optional<aws::Credentials>>;

/// An answer with another status than 200.
inline std::string status(const std::string& line, const std::string& body = "") {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", line, body.size(), body);
}

/// A header of `request`; "(none)" if it has none of that name.
inline std::string header(const ProviderRequest& request, std::string_view name) {
    for (const auto& one : request.headers) {
        if (one.name == name) {
            return one.value;
        }
    }
    return "(none)";
}

/// Keys of nobody, and when requests are signed with them.
inline const aws::Credentials example_keys{
    "AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}};
constexpr WallTime time_of_request =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(4) + minutes(39) + seconds(7);

/// A provider of credentials, the client that it uses, and those who give: scripted servers on the same context.
class ProviderTest : public tapalcatl::tests::ClientTest {
 protected:
    CachedProvider& provide(ProviderConfig config, Environment environment = machine({})) {
        auto endpoints = service_endpoints(environment, {}).value();
        endpoints.region = "eu-west-1";
        provider_ = std::make_unique<CachedProvider>(std::move(config), std::move(environment), endpoints, client(),
                                                     context.get_executor(), clock, times);
        return *provider_;
    }
    CachedProvider& provider() { return *provider_; }
    void forget_provider() { provider_.reset(); }

    static SteadyTime soon() { return std::chrono::steady_clock::now() + seconds(60); }
    Answer ask() { return tapalcatl::tests::run(context, provider_->credentials(soon())); }
    tapalcatl::tests::Running<Answer> start_asking(SteadyTime deadline = soon()) {
        return {context, provider_->credentials(deadline)};
    }

    /// The access key's id of the answer, or the error's words.
    static std::string id_of(const Answer& answer) {
        if (!answer) {
            return answer.error().message;
        }
        return *answer ? (**answer).access_key_id : "none";
    }
    std::string ask_for_id() { return id_of(ask()); }

    void expect_failure(const Answer& answer, Errc code, const std::vector<std::string>& words) {
        ASSERT_FALSE(answer) << id_of(answer);
        EXPECT_EQ(answer.error().code, code) << answer.error();
        for (const auto& word : words) {
            EXPECT_NE(answer.error().message.find(word), std::string::npos) << word << " in " << answer.error();
        }
        expect_no_secrets(answer.error().message);
    }

    /// All secrets of these tests have HUSH in them.
    static void expect_no_secrets(const std::string& text) { EXPECT_EQ(text.find("HUSH"), std::string::npos) << text; }

    std::string time_in(std::chrono::seconds from_now) const {
        return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<seconds>(clock.wall() + from_now));
    }

    /// What an agent or the metadata service says.
    std::string credentials_json(const std::string& id, std::chrono::seconds life) const {
        return fmt::format(
            R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"HUSH-{}","Token":"HUSH-token","Expiration":"{}"}})",
            id, id, time_in(life));
    }
    std::string given(const std::string& id, std::chrono::seconds life) const { return ok(credentials_json(id, life)); }

    /// One request a connection, as the client's connections age with the clock of the test.
    static std::vector<ScriptedServer::Script> one_by_one(const std::vector<std::string>& answers) {
        std::vector<ScriptedServer::Script> scripts;
        scripts.reserve(answers.size());
        for (auto answer : answers) {
            answer.insert(answer.find("\r\n"), "\r\nConnection: close");
            scripts.push_back({{answer, Then::close}});
        }
        return scripts;
    }

    static std::string url_of(const ScriptedServer& of) { return fmt::format("http://127.0.0.1:{}", of.port()); }

    /// The configuration of a container agent that sends these responses.
    ProviderConfig container_config(const std::vector<std::string>& answers) {
        server = &serve(one_by_one(answers));
        return {Container{url_of(*server) + "/creds?id=1", Secret("HUSH-authorization"), ""}, "container"};
    }

    /// A request of the same client to somebody else: whatever was begun before it has had its turn.
    void round_trip() {
        serve({{{ok("")}}});
        EXPECT_TRUE(get());
    }

    /// Asks until this is the answer: what is fetched in the background has landed then.
    void expect_soon(const std::string& id) {
        const auto end = soon();
        auto seen = ask_for_id();
        while (seen != id && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_one_for(milliseconds(10));
            seen = ask_for_id();
        }
        EXPECT_EQ(seen, id);
    }

    ProviderTimeouts times;
    ScriptedServer* server = nullptr;  ///< of container_config()

 private:
    std::unique_ptr<CachedProvider> provider_;
};

}  // namespace tapalcatl::credentials::tests
