#pragma once

#include "app/application.hpp"
#include "base/log.hpp"
#include "cli/verbs.hpp"
#include "http/server.hpp"
#include "settings/configuration.hpp"
#include "settings/tileset_settings.hpp"

#include <set>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// Puts the configuration file of a running server into effect anew: it is read and checked whole, and then its
/// tilesets take the place of those that are served. If anything is wrong with it, nothing changes. The log has a line
/// of what came of it, with the tilesets that came and went, and of each setting that needs a new start.
class Reload {
 public:
    /// `settings` and `served`: of the start. `of_arguments`: those of `served` that the command line names, which
    /// stay as they are. Lifetime: `application`, `server` and what `file` refers to outlive this.
    Reload(app::Application& application, http::Server& server, ReadableConfig file, const Settings& settings,
           const std::vector<TilesetSettings>& served, std::vector<TilesetSettings> of_arguments);

    /// Called on one thread at a time. Waits for no storage.
    void operator()();

 private:
    void tell(const Configuration& next, const std::vector<TilesetSettings>& tilesets);
    void warn_of_settings(const Configuration& next) const;

    app::Application& application_;
    http::Server& server_;
    ReadableConfig file_;
    std::vector<TilesetSettings> of_arguments_;
    std::vector<std::string> values_;  ///< at the start, one for each row of setting_table()
    log::Form log_form_;
    std::set<std::string> names_;  ///< of the tilesets that are served
};

}  // namespace tapalcatl::cli
