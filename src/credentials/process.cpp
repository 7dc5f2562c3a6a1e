#include "credentials/process.hpp"

#include "base/descriptor.hpp"
#include "base/handoff.hpp"
#include "base/subprocess.hpp"
#include "credentials/json_response.hpp"

#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/eventfd.h>

namespace tapalcatl::credentials {

Result<aws::Credentials> parse_process_output(std::string_view output) {
    const auto object = parse_object(output);
    if (!object) {
        return object.error();
    }
    const auto* const version = object->if_contains("Version");
    if (version == nullptr || !version->is_int64() || version->get_int64() != 1) {
        return fail(Errc::unsupported, "Version is not 1");
    }
    return credentials_of(*object, "SessionToken", false);
}

namespace {

using Output = Result<std::string>;

/// One run of a program on a thread of its own. The destructor ends the program and the thread.
class Run {
 public:
    explicit Run(const boost::asio::any_io_executor& executor)
        : stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), landing_(executor), undelivered_(landing_) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() { ::eventfd_write(stop_.get(), 1); }  // the thread is joined by its own destructor

    /// Requires: called once.
    void start(std::vector<std::string> arguments, SteadyTime deadline) {
        if (!stop_.is_open()) {
            deliver(fail(Errc::unavailable, "cannot make a descriptor: {}", std::system_category().message(errno)));
            return;
        }
        ProgramLimits limits;
        limits.output = max_response_bytes;
        limits.deadline = deadline;
        limits.stop_fd = stop_.get();
        try {
            thread_ = std::jthread(
                [this, arguments = std::move(arguments), limits] { deliver(run_program(arguments, limits)); });
        } catch (const std::system_error& error) {
            deliver(fail(Errc::unavailable, "cannot start a thread: {}", error.what()));
        }
    }

    Handoff<Output>& landing() { return landing_; }

    /// Stops the program and waits for its end, which takes a moment. The context of the executor may end afterwards.
    void stop() {
        deliver(closed_error());
        if (thread_.joinable()) {
            ::eventfd_write(stop_.get(), 1);
            thread_.join();
        }
    }

 private:
    /// Passes the output on; only the first call has an effect. Called on any thread. The lock makes sure that nothing
    /// is posted after stop().
    void deliver(Output output) {
        const std::lock_guard lock(mutex_);
        if (undelivered_) {
            undelivered_->put(std::move(output));
            undelivered_.reset();
        }
    }

    Descriptor stop_;
    Handoff<Output> landing_;
    std::mutex mutex_;
    std::optional<Handoff<Output>> undelivered_;
    std::jthread thread_;  ///< last, because it uses the others
};

class ProcessProvider final : public Provider {
 public:
    ProcessProvider(Process config, const ProviderContext& context)
        : config_(std::move(config)), executor_(context.executor) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        auto arguments = shell_words(config_.command);
        if (!arguments) {
            co_return arguments.error().within("credential_process");
        }
        const auto run = std::make_shared<Run>(executor_);
        run_ = run;
        run->start(std::move(*arguments), deadline);
        // The thread observes the deadline. It takes a moment longer to kill the program.
        const auto output = co_await run->landing().wait(SteadyTime::max());
        run_.reset();
        if (!*output) {
            co_return output->error().within("credential_process");
        }
        auto credentials = parse_process_output(**output);
        if (!credentials) {
            co_return credentials.error().within("credential_process");
        }
        co_return credentials;
    }

    void close() override {
        if (run_ != nullptr) {
            run_->stop();
        }
    }

 private:
    Process config_;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<Run> run_;  ///< while a program runs
};

}  // namespace

std::unique_ptr<Provider> process_provider(const Process& config, const ProviderContext& context) {
    return std::make_unique<ProcessProvider>(config, context);
}

}  // namespace tapalcatl::credentials
