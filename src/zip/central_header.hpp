#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace tapalcatl::zip {

/// One header of a central directory as it is written (APPNOTE 4.3.12), before zip64 fields are looked at.
struct CentralHeader {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc32 = 0;
    std::uint32_t compressed_size = 0;
    std::uint32_t size = 0;
    std::uint16_t disk = 0;
    std::uint32_t offset = 0;  ///< of the local header, counted from the archive's start
    Bytes name;
    Bytes extra;
    Bytes comment;
};

/// The header at the cursor, which then stands behind it; nullopt if there is none, or not all of it.
/// Lifetime: the result views the cursor's bytes.
std::optional<CentralHeader> next_central_header(Cursor& cursor);

/// What a central directory consists of.
struct CentralSummary {
    std::uint64_t entry_count = 0;
    std::uint64_t text_size = 0;     ///< all names and comments
    std::uint64_t headers_size = 0;  ///< bytes of the headers that are whole, from the start
    bool is_whole = false;           ///< nothing follows them, or only a digital signature (APPNOTE 4.3.13)
};

/// Walks over the headers of a central directory.
CentralSummary summarize(Bytes central);

}  // namespace tapalcatl::zip
