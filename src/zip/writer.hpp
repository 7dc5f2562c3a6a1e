#pragma once

#include "base/bytes.hpp"
#include "zip/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::zip {

/// Writes an archive into memory: what tests and converters need. The same input gives the same bytes.
class Writer {
 public:
    struct Options {
        Method method = Method::deflated;
        bool zip64 = false;            ///< write zip64 fields and end records although nothing needs them
        bool data_descriptor = false;  ///< sizes and CRC follow the data, as streaming writers do
        std::string comment;
        std::vector<std::byte> extra;  ///< goes into both headers
    };

    // Requires, of all that follow: names, comments and extra fields have at most 65535 bytes, fields of zip64
    // included.

    /// Appends an entry with the content `content`.
    void add(std::string_view name, Bytes content) { add(name, content, Options{}); }
    void add(std::string_view name, Bytes content, const Options& options);

    /// Appends an entry whose data are already DEFLATE, as they are.
    void add_deflated(std::string_view name, Bytes deflate, std::uint32_t crc32, std::uint64_t size);

    /// The whole archive. Zip64 end records are written where a field needs them. Requires: called once, last.
    std::vector<std::byte> finish(std::string_view comment = {});

 private:
    void append_entry(std::string_view name, Bytes data, std::uint32_t crc32, std::uint64_t size,
                      const Options& options);

    std::vector<std::byte> archive_;
    std::vector<std::byte> central_;
    std::uint64_t count_ = 0;
    bool has_zip64_ = false;
};

}  // namespace tapalcatl::zip
