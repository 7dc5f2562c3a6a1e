#pragma once

#include "app/storage_factory.hpp"
#include "base/clock.hpp"
#include "doctor/diagnosis.hpp"
#include "doctor/lister.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

/// The steps of `doctor` that ask somebody something. What the answers mean is told by bucket_access, key_survey and
/// archive_survey.
namespace tapalcatl::doctor {

/// How long it all may take, and each step of it.
class TimeLeft {
 public:
    explicit TimeLeft(SteadyTime now) : end_(now + whole) {}

    /// The deadline of a step that begins now.
    SteadyTime step() const { return std::min(std::chrono::steady_clock::now() + one_step, end_); }
    bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
    static constexpr std::chrono::seconds whole{28};  // and a little for what cannot be cut off
    static constexpr std::chrono::seconds one_step{5};

    SteadyTime end_;
};

/// What is known so far. Lifetime: `configuration` outlives it.
struct Examination {
    Examination(const Configuration& given, EnvironmentVariables variables)
        : configuration(given),
          settings(given.settings),
          environment(std::move(variables)),
          time(std::chrono::steady_clock::now()) {}

    const Configuration& configuration;
    Settings settings;                 ///< as they should be: with what has been advised
    EnvironmentVariables environment;  ///< the same
    TimeLeft time;
    Diagnoses findings;
    boost::asio::io_context context{1};
};

/// A storage that answers.
struct Reached {
    std::unique_ptr<app::StorageFactory> storages;  ///< what the lister works with
    std::unique_ptr<Lister> lister;                 ///< null: nothing can be listed
    bool is_folder = false;
};

/// Whether the storage can be reached, as whom, and what it says of missing keys. nullopt: going on is of no use.
std::optional<Reached> examine_folder(const FolderLocation& folder, Examination& examination);
std::optional<Reached> examine_bucket(const BucketLocation& bucket, Examination& examination);
std::optional<Reached> examine_web(const WebLocation& web, Examination& examination);

/// Which metatiles there are, what is in them, and whether a tile can be read.
void examine_tiles(const Location& location, const Reached& reached, Examination& examination);

/// The key of a metatile that cannot exist, made like those that do, so that it is allowed or denied as they are.
std::string impossible_key(const Settings& settings);

/// Through which proxy `url` is reached, if through any.
std::optional<Diagnosis> proxy_finding(const Url& url, const EnvironmentVariables& environment);

/// "yes, in 48 ms"
Diagnosis reachable_finding(SteadyTime since);

}  // namespace tapalcatl::doctor
