#include "base/text.hpp"
#include "cli/archive_walk.hpp"
#include "cli/archives.hpp"
#include "cli/bucket_pages.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <future>
#include <mutex>

#include <unistd.h>

namespace tapalcatl::cli {
namespace {

constexpr unsigned max_threads = 4;
constexpr std::chrono::milliseconds poll_interval{50};

/// Checks archives on several threads.
class Checkers {
 public:
    Checkers(const Settings& settings, const EnvironmentVariables& environment, unsigned threads)
        : settings_(settings), pool_(threads) {
        for (unsigned i = 0; i < threads; ++i) {
            idle_.push_back(std::make_unique<ArchiveReader>(settings, environment));
        }
    }

    ~Checkers() {
        pool_.stop();
        pool_.join();
    }

    std::future<ArchiveReport> check(std::string path) {
        auto task = std::make_shared<std::packaged_task<ArchiveReport()>>([this, path = std::move(path)] {
            auto reader = take_reader();
            auto report = check_archive(*reader, path, settings_.limits.max_tile_size_bytes, bytes_read_);
            give_back(std::move(reader));
            return report;
        });
        auto report = task->get_future();
        boost::asio::post(pool_, [task] { (*task)(); });
        return report;
    }

    std::uint64_t bytes_read() const { return bytes_read_; }

 private:
    /// Each thread has a reader of its own.
    std::unique_ptr<ArchiveReader> take_reader() {
        const std::lock_guard lock(mutex_);
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
    }

    void give_back(std::unique_ptr<ArchiveReader> reader) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(reader));
    }

    const Settings& settings_;
    std::atomic<std::uint64_t> bytes_read_ = 0;
    std::mutex mutex_;
    std::vector<std::unique_ptr<ArchiveReader>> idle_;
    boost::asio::thread_pool pool_;
};

struct Totals {
    std::uint64_t archives = 0;
    std::uint64_t entries = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t inflated_bytes = 0;
    std::uint64_t gzipped = 0;     ///< entries whose content is itself gzip
    std::uint64_t corrupt = 0;     ///< archives
    std::uint64_t unreadable = 0;  ///< archives and folders
    std::uint64_t missing = 0;     ///< of these, archives that do not exist
};

/// "1 archive", "2 archives"
std::string counted(std::uint64_t count, std::string_view plural) {
    return fmt::format("{} {}", count, plural.substr(0, plural.size() - (count == 1 ? 1 : 0)));
}

/// Prints faults as they are found, and the totals.
class Listing {
 public:
    Listing(Form form, Output& out) : form_(form), out_(out) {
        if (form_ == Form::json) {
            out_.write("{\"problems\":[");
        }
    }

    void add(const std::string& path, const ArchiveReport& report) {
        for (const auto& fault : report.faults) {
            add(path, fault);
        }
        if (report.more_faults > 0 && form_ == Form::text) {
            out_.print("{}: and {} more\n", archive_for_people(path), report.more_faults);
        }
    }

    void add(const std::string& path, const ArchiveFault& fault) {
        if (form_ == Form::text) {
            auto error = fault.entry.empty() ? fault.error : fault.error.within(printable(fault.entry));
            out_.print("{}: {}\n", archive_for_people(path), error.message);
            return;
        }
        const auto shown = path.find("://") == std::string::npos ? path : archive_for_people(path);
        boost::json::object problem{{"archive", utf8(shown)}};
        if (!fault.entry.empty()) {
            problem.emplace("entry", utf8(fault.entry));
        }
        problem.emplace("code", name_of(fault.error.code));
        problem.emplace("message", utf8(fault.error.message));
        out_.print("{}{}", is_first_ ? "" : ",", json_text(problem));
        is_first_ = false;
    }

    void finish(const Totals& totals) {
        if (form_ == Form::json) {
            const boost::json::object sums{{"archives", totals.archives},    {"entries", totals.entries},
                                           {"size", totals.size_bytes},      {"inflated_size", totals.inflated_bytes},
                                           {"gzipped", totals.gzipped},      {"corrupt", totals.corrupt},
                                           {"unreadable", totals.unreadable}};
            out_.print("],{}\n", json_text(sums).substr(1));
            return;
        }
        const auto* const entries = totals.entries == 1 ? "entry" : "entries";
        out_.print("{}, {} {}, {}, {} inflated: ", counted(totals.archives, "archives"), totals.entries, entries,
                   human_size(totals.size_bytes), human_size(totals.inflated_bytes));
        if (totals.archives + totals.unreadable == 0) {
            out_.write("no archives found\n");
        } else if (totals.corrupt + totals.unreadable > 0) {
            out_.print("{} corrupt, {} not readable\n", totals.corrupt, totals.unreadable);
        } else {
            out_.write(totals.gzipped == 0 ? "all fine\n" : "nothing damaged\n");
        }
        if (totals.gzipped > 0) {
            out_.print(
                "warning: {} {} compressed twice: gzip inside of the zip archive. The server sends the inner gzip; "
                "better put tiles into archives without gzip\n",
                totals.gzipped, totals.gzipped == 1 ? "entry is" : "entries are");
        }
    }

 private:
    Form form_;
    Output& out_;
    bool is_first_ = true;
};

/// The number and the size of all archives.
Step measure(const std::vector<std::string>& paths, const ArchiveWalk::ListBucket& list_bucket) {
    Step total;
    ArchiveWalk walk(paths, list_bucket);
    while (const auto found = walk.next()) {
        total.archives += found->error ? 0U : 1U;
        total.bytes += found->size_bytes;
    }
    return total;
}

/// Checks the archives. Several are read at the same time, but reported in their order.
class Verification {
 public:
    Verification(const Settings& settings, const EnvironmentVariables& environment,
                 const std::vector<std::string>& paths, Form form, Output& out)
        : pages_(settings, environment),
          walk_(paths, lister()),
          threads_(std::clamp(std::thread::hardware_concurrency(), 1U, max_threads)),
          checkers_(settings, environment, threads_),
          listing_(form, out),
          out_(out),
          progress_(system_clock(), ::isatty(STDERR_FILENO) == 1 ? Progress::Style::bar : Progress::Style::lines,
                    measure(paths, lister()),
                    [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }) {}

    Totals run() {
        bool is_at_end = false;
        while (!out_.has_failed()) {
            while (!is_at_end && waiting_.size() < std::size_t{4} * threads_) {
                auto found = walk_.next();
                is_at_end = !found;
                if (found) {
                    enqueue(std::move(*found));
                }
            }
            if (waiting_.empty()) {
                break;
            }
            take(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        progress_.clear();
        listing_.finish(totals_);
        return totals_;
    }

 private:
    ArchiveWalk::ListBucket lister() {
        return [this](const std::string& bucket, const std::string& prefix, const std::string& after) {
            return pages_.list(bucket, prefix, after);
        };
    }

    struct Waiting {
        FoundArchive found;
        std::future<ArchiveReport> report;  ///< not valid for a folder that cannot be listed
    };

    void enqueue(FoundArchive found) {
        std::future<ArchiveReport> report;
        if (!found.error) {
            report = checkers_.check(found.path);
        }
        waiting_.push_back({std::move(found), std::move(report)});
    }

    void take(Waiting next) {
        ArchiveReport report;
        if (next.report.valid()) {
            while (next.report.wait_for(poll_interval) != std::future_status::ready) {
                progress_.show({totals_.archives, checkers_.bytes_read()});
            }
            report = next.report.get();
            ++totals_.archives;
        } else {
            report.faults.push_back({{}, *next.found.error});
            report.is_unreadable = true;
        }
        totals_.entries += report.entries;
        totals_.size_bytes +=
            std::max(next.found.size_bytes, report.size_bytes);  // the walk does not know the size of URLs
        totals_.inflated_bytes += report.inflated_bytes;
        totals_.gzipped += report.gzipped;
        totals_.corrupt += report.is_corrupt ? 1U : 0U;
        totals_.unreadable += report.is_unreadable ? 1U : 0U;
        const bool is_missing = !report.faults.empty() && report.faults.front().error.code == Errc::not_found;
        totals_.missing += is_missing ? 1U : 0U;
        if (!report.faults.empty()) {
            progress_.clear();
            listing_.add(next.found.path, report);
            if (out_.is_terminal()) {
                static_cast<void>(out_.flush());  // the failure is kept and reported at the end
            }
        }
        progress_.show({totals_.archives, checkers_.bytes_read()});
    }

    BucketPages pages_;
    ArchiveWalk walk_;
    unsigned threads_;
    Checkers checkers_;
    Listing listing_;
    Output& out_;
    Progress progress_;
    std::deque<Waiting> waiting_;
    Totals totals_;
};

/// "s3://bucket", which stands for all archives in it.
bool is_bucket(const std::string& path) {
    const auto location = path.find("://") == std::string::npos ? std::nullopt : parse_location(path);
    const auto* bucket = location ? std::get_if<BucketLocation>(&*location) : nullptr;
    return bucket != nullptr && bucket->prefix.empty();
}

}  // namespace

Result<void> verify(const Settings& settings, const EnvironmentVariables& environment,
                    const std::vector<std::string>& paths, Form form, Output& out) {
    std::vector<std::string> local_paths;
    for (const auto& given : paths) {
        auto path = is_bucket(given) ? Result<std::string>(given) : archive_path(given);
        if (!path) {
            return path.error();
        }
        local_paths.push_back(std::move(*path));
    }
    const auto totals = Verification(settings, environment, local_paths, form, out).run();
    if (totals.corrupt > 0) {
        return fail(Errc::corrupt, "{} of {} corrupt", totals.corrupt, counted(totals.archives, "archives"));
    }
    if (totals.missing > 0 && totals.missing == totals.archives && totals.missing == totals.unreadable) {
        return fail(Errc::not_found, "{} of {} missing", totals.missing, counted(totals.archives, "archives"));
    }
    if (totals.unreadable > 0) {
        return fail(Errc::io, "could not read {}", counted(totals.unreadable, "places"));
    }
    if (totals.archives == 0) {
        return fail(Errc::not_found, "no archives: expected .zip files in {}", archive_for_people(paths.front()));
    }
    return {};
}

}  // namespace tapalcatl::cli
