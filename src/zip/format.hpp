#pragma once

#include <cstdint>

/// The numbers of the zip format, after PKWARE's APPNOTE.TXT 6.3.10.
namespace tapalcatl::zip::format {

// Signatures, read as little-endian numbers.
inline constexpr std::uint32_t local_signature = 0x04034b50;          // 4.3.7
inline constexpr std::uint32_t descriptor_signature = 0x08074b50;     // 4.3.9
inline constexpr std::uint32_t extra_data_signature = 0x08064b50;     // 4.3.11, stands before an encrypted directory
inline constexpr std::uint32_t central_signature = 0x02014b50;        // 4.3.12
inline constexpr std::uint32_t digital_signature = 0x05054b50;        // 4.3.13
inline constexpr std::uint32_t zip64_end_signature = 0x06064b50;      // 4.3.14
inline constexpr std::uint32_t zip64_locator_signature = 0x07064b50;  // 4.3.15
inline constexpr std::uint32_t end_signature = 0x06054b50;            // 4.3.16

// Bytes of each record without its parts of variable length.
inline constexpr std::uint64_t local_size = 30;
inline constexpr std::uint64_t central_size = 46;
inline constexpr std::uint64_t zip64_end_size = 56;
inline constexpr std::uint64_t zip64_locator_size = 20;
inline constexpr std::uint64_t end_size = 22;
inline constexpr std::uint64_t largest_descriptor_size = 24;

// Values that say "see the zip64 field" (4.4.1.4), and the largest that a field holds.
inline constexpr std::uint16_t max16 = 0xffff;
inline constexpr std::uint32_t max32 = 0xffffffff;

// General purpose flags (4.4.4).
inline constexpr std::uint16_t encrypted_flag = 0x0001;
inline constexpr std::uint16_t descriptor_flag = 0x0008;
inline constexpr std::uint16_t patch_flag = 0x0020;
inline constexpr std::uint16_t strong_encryption_flag = 0x0040;
inline constexpr std::uint16_t utf8_flag = 0x0800;
inline constexpr std::uint16_t masked_flag = 0x2000;

inline constexpr std::uint16_t zip64_extra = 0x0001;  // 4.5.3

}  // namespace tapalcatl::zip::format
