#include "base/subprocess.hpp"

#include "base/descriptor.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <spawn.h>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tapalcatl {

Result<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;  // quotes make one even where nothing is between them
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\0') {
            return fail(Errc::usage, "a NUL among the characters");
        }
        if (c == '\\' && quote != '\'') {
            if (++i == line.size()) {
                return fail(Errc::usage, "nothing follows the backslash at the end");
            }
            // Between double quotes it is special in front of itself and of the quote only.
            if (quote == '"' && line[i] != '"' && line[i] != '\\') {
                word->push_back('\\');
            }
            word = word.value_or("") + line[i];
        } else if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word->push_back(c);
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            word = word.value_or("");
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (word) {
                words.push_back(*std::exchange(word, std::nullopt));
            }
        } else {
            word = word.value_or("") + c;
        }
    }
    if (quote != '\0') {
        return fail(Errc::usage, "a quote is not closed");
    }
    if (word) {
        words.push_back(std::move(*word));
    }
    return words;
}

namespace {

using std::chrono::milliseconds;

/// How often is looked whether a program that has closed its output has ended.
constexpr milliseconds glance{10};

/// How long a killed program is waited for. One that hangs in the kernel is left to init.
constexpr milliseconds burial{1000};

std::string message_of(int error) {
    return std::system_category().message(error);
}

int milliseconds_until(SteadyTime time) {
    const auto left = std::chrono::ceil<milliseconds>(time - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 3'600'000));
}

/// The file actions and attributes of posix_spawn for the new process.
class SpawnSettings {
 public:
    explicit SpawnSettings(int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        // Not every library opens its sockets as closed on exec.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);

        // In a session of its own the program cannot prompt on the terminal (it fails and does not hang), and the whole
        // process group can be killed.
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    /// 0 or what went wrong, exec included.
    int spawn(pid_t& pid, const std::vector<std::string>& arguments) const {
        std::vector<char*> pointers;
        pointers.reserve(arguments.size() + 1);
        for (const auto& argument : arguments) {
            pointers.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn does not write there
        }
        pointers.push_back(nullptr);
        return ::posix_spawnp(&pid, pointers.front(), &actions_, &attributes_, pointers.data(), ::environ);
    }

 private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

class Child {
 public:
    Child(pid_t pid, std::string name, const ProgramLimits& limits)
        : pid_(pid), name_(std::move(name)), limits_(limits) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (!is_reaped_) {
            bury();
        }
    }

    /// Everything that comes out of `output` up to its end.
    Result<std::string> read(int output) const {
        std::string text;
        std::array<char, 4096> bytes{};
        for (;;) {
            if (const auto waited = wait_for(output); !waited) {
                return waited.error();
            }
            const auto got = ::read(output, bytes.data(), bytes.size());
            if (got == 0) {
                return text;
            }
            if (got < 0 && errno != EINTR && errno != EAGAIN) {
                return fail(Errc::unavailable, "{}: its output cannot be read: {}", name_, message_of(errno));
            }
            text.append(bytes.data(), got < 0 ? 0U : static_cast<std::size_t>(got));
            if (text.size() > limits_.output) {
                return fail(Errc::too_large, "{}: wrote more than {} bytes", name_, limits_.output);
            }
        }
    }

    /// Waits for it to end by itself. Fails: unless that is with status 0.
    Result<void> wait() {
        while (!look()) {
            if (const auto waited = wait_for(-1); !waited) {
                return waited.error();
            }
        }
        if (!status_ || (WIFEXITED(*status_) && WEXITSTATUS(*status_) == 0)) {
            return {};
        }
        if (WIFSIGNALED(*status_)) {
            return fail(Errc::denied, "{}: ended by signal {}", name_, WTERMSIG(*status_));
        }
        return fail(Errc::denied, "{}: ended with status {}; run it by hand to see why", name_, WEXITSTATUS(*status_));
    }

 private:
    /// Waits for something to read, or for a moment if `fd` is below 0. Fails: timeout, unavailable (stopped).
    Result<void> wait_for(int fd) const {
        std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{limits_.stop_fd, POLLIN, 0}};
        const int left = milliseconds_until(limits_.deadline);
        ::poll(watched.data(), watched.size(), fd < 0 ? std::min(left, static_cast<int>(glance.count())) : left);
        if (watched[1].revents != 0) {
            return fail(Errc::unavailable, "{}: stopped", name_);
        }
        if (std::chrono::steady_clock::now() >= limits_.deadline) {
            return fail(Errc::timeout, "{}: did not end in time", name_);
        }
        return {};
    }

    /// Whether it has ended.
    bool look() {
        int status = 0;
        const auto found = ::waitpid(pid_, &status, WNOHANG);
        if (found == pid_) {
            status_ = status;
            is_reaped_ = true;
        } else if (found < 0 && errno != EINTR) {
            is_reaped_ = true;  // by the kernel, if SIGCHLD is ignored: its status is lost
        }
        return is_reaped_;
    }

    void bury() {
        ::kill(-pid_, SIGKILL);
        const auto end = std::chrono::steady_clock::now() + burial;
        while (!look() && std::chrono::steady_clock::now() < end) {
            ::poll(nullptr, 0, static_cast<int>(glance.count()));
        }
    }

    pid_t pid_;
    std::string name_;
    ProgramLimits limits_;
    bool is_reaped_ = false;
    std::optional<int> status_;
};

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& arguments, ProgramLimits limits) {
    if (arguments.empty() || arguments.front().empty()) {
        return fail(Errc::usage, "no program is named");
    }
    const auto name = printable(arguments.front());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(Errc::unavailable, "{}: no pipe: {}", name, message_of(errno));
    }
    const Descriptor output(ends[0]);
    Descriptor input(ends[1]);
    ::fcntl(output.get(), F_SETFL, O_NONBLOCK);  // a wait that was interrupted must not become one without end
    pid_t pid = -1;
    const int error = SpawnSettings(input.get()).spawn(pid, arguments);
    input.close();
    if (error != 0) {
        const bool may_pass = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
        return fail(may_pass ? Errc::unavailable : Errc::usage, "{}: cannot be run: {}", name, message_of(error));
    }
    Child child(pid, name, limits);
    auto text = child.read(output.get());
    if (!text) {
        return text;
    }
    if (const auto ended = child.wait(); !ended) {
        return ended.error();
    }
    return text;
}

}  // namespace tapalcatl
