# tapalcatl_room(NAME [HOT] SOURCES a.cpp ... USES tapalcatl::base ... PRIVATE_USES ...)
# A room: the static library tapalcatl_NAME, known to the others as tapalcatl::NAME. Headers are included as "NAME/file.hpp".
# HOT: a tile that is in memory passes through it. The release compiles such rooms with -O2, and the others, which wait for disks,
# networks and people, with -O1: that takes a fifth less time.
function(tapalcatl_room name)
    cmake_parse_arguments(ROOM "HOT" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
    add_library(tapalcatl_${name} STATIC ${ROOM_SOURCES})
    add_library(tapalcatl::${name} ALIAS tapalcatl_${name})
    target_include_directories(tapalcatl_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(tapalcatl_${name} PUBLIC ${ROOM_USES} PRIVATE tapalcatl::options ${ROOM_PRIVATE_USES})
    if(NOT ROOM_HOT)
        # At -O1 g++ does not see everywhere that an optional value is there before it is moved.
        target_compile_options(tapalcatl_${name} PRIVATE $<$<CONFIG:Release>:-O1 -Wno-maybe-uninitialized>)
    endif()
endfunction()

# tapalcatl_tests(NAME SOURCES test_a.cpp ... USES tapalcatl::NAME ...)
# One test program a room, its cases known to ctest one by one. Tests may include "tests/...".
function(tapalcatl_tests name)
    cmake_parse_arguments(TESTS "" "" "SOURCES;USES" ${ARGN})
    add_executable(test_${name} ${TESTS_SOURCES})
    target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(test_${name} PRIVATE tapalcatl::${name} ${TESTS_USES} tapalcatl::options tapalcatl::test_options GTest::gmock GTest::gtest_main)
    include(GoogleTest)
    gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

# tapalcatl_fuzz(NAME SOURCES fuzz_NAME.cpp USES tapalcatl::zip ...)
# A fuzz target. With clang it is a libFuzzer program; else it replays the files it is given. Its corpus, fuzz/corpus/NAME, runs in ctest.
function(tapalcatl_fuzz name)
    cmake_parse_arguments(FUZZ "" "" "SOURCES;USES" ${ARGN})
    add_executable(fuzz_${name} ${FUZZ_SOURCES})
    target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_USES} tapalcatl::options)
    if(TAPALCATL_FUZZ)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        set(once -runs=0)
    else()
        target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/replay.cpp)
        set(once)
    endif()
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${once} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
endfunction()
