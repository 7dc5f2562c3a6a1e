#include "app/storage_access.hpp"

namespace tapalcatl::app {

StorageAccess storage_access(const Settings& settings) {
    const auto& configured = settings.access;
    StorageAccess access;
    access.credentials.anonymous = configured.anonymous;
    access.credentials.role_arn = configured.role_arn;
    access.addressing = configured.addressing;
    access.requester_pays = configured.requester_pays;
    access.missing_on_403 = configured.missing_on_403;
    access.connections = configured.connections;
    access.hedge_after = configured.hedge_after;
    access.archive_limit = settings.read.archive_limit;
    return access;
}

}  // namespace tapalcatl::app
