#include "cli/output.hpp"
#include "cli/program.hpp"

#include <csignal>
#include <exception>
#include <string>
#include <vector>

#ifdef TAPALCATL_STATIC
#include <nss.h>
#endif
#include <fcntl.h>
#include <unistd.h>

namespace {

/// Takes the places of standard streams that are closed, so that no file, socket or memory that is opened later gets
/// what is written to them, such as the log. Their use still fails: they are open for the other direction.
void take_closed_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) == -1) {
            ::open("/dev/null", (stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    take_closed_standard_streams();
    // Broken pipes and connections are reported by the calls that meet them.
    std::signal(SIGPIPE, SIG_IGN);
#ifdef TAPALCATL_STATIC
    // The host's nsswitch.conf may name modules of another glibc, which would be loaded into this static binary.
    __nss_configure_lookup("hosts", "files dns");
#endif
    try {
        const std::vector<std::string> arguments(argv, argv + argc);
        const auto environment = tapalcatl::process_environment();
        tapalcatl::cli::Output out(STDOUT_FILENO);
        return tapalcatl::cli::run_program(tapalcatl::cli::words_of(arguments, environment), environment, out);
    } catch (const std::exception& exception) {
        return tapalcatl::cli::report(tapalcatl::cli::error_of(exception));
    }
}
