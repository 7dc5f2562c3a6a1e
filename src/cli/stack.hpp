#pragma once

#include "cli/settings.hpp"
#include "source/archives.hpp"
#include "source/metatile_source.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace tapalcatl::cli {

/// Everything between a tile's address and its bytes, put together as the settings say.
///
/// `upstream` is where storage is read; whoever makes a Stack runs it, and stops it before the Stack goes.
class Stack {
 public:
    Stack(const Settings& settings, const std::string& folder, boost::asio::io_context& upstream);
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    const source::MetatileSource& tiles() const { return tiles_; }
    const storage::Storage& storage() const { return *storage_; }

 private:
    std::unique_ptr<storage::Storage> storage_;
    source::Archives archives_;
    source::MetatileSource tiles_;
};

}  // namespace tapalcatl::cli
