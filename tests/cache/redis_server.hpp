#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tapalcatl::tests {

/// A redis-server of this machine, in a folder of its own, on a free loopback port and a Unix socket. It ends with the
/// test, however that ends.
class RedisServer {
 public:
    /// Further lines of its configuration; "{}" stands for its folder.
    explicit RedisServer(std::vector<std::string> configuration = {}, bool is_tls = false);
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer();

    /// Whether there is such a program.
    static bool is_installed();

    /// Waits until it answers connections, for at most half a minute.
    bool start();
    void kill();

    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path socket() const { return folder_ / "redis.sock"; }
    /// What it has to say for itself.
    std::string log() const;

 private:
    std::filesystem::path folder_;
    std::vector<std::string> configuration_;
    bool is_tls_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

}  // namespace tapalcatl::tests
