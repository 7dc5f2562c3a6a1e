# How everything here is compiled and linked.

add_library(tapalcatl_options INTERFACE)
add_library(tapalcatl::options ALIAS tapalcatl_options)

target_compile_options(tapalcatl_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
        -Wold-style-cast -Wcast-qual -Wformat=2 -Wundef -Werror>
    # Paths in assertions and debug information do not tell where it was built.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
)
# What only the code of tests is compiled with. It is as much code as all rooms together and runs for a moment: it is not optimized, and
# UndefinedBehaviorSanitizer does not look at it. The rooms under test are, and it does.
# In a unity batch of tests the constants of one file are visible in the next, where a local name may be the same.
add_library(tapalcatl_test_options INTERFACE)
add_library(tapalcatl::test_options ALIAS tapalcatl_test_options)
target_compile_options(tapalcatl_test_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-shadow -O0>)
if(TAPALCATL_SANITIZE MATCHES "undefined")
    target_compile_options(tapalcatl_test_options INTERFACE -fno-sanitize=undefined)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A coroutine's frame comes from a function of Asio's that g++ 12 inlines on one side alone; it then takes its two
    # sides for a mismatch.
    target_compile_options(tapalcatl_options INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wduplicated-cond -Wlogical-op -Wno-mismatched-new-delete>)
endif()

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # In a unity batch g++ takes the sources for headers, and warns of types in their unnamed namespaces.
    add_compile_options(-Wno-subobject-linkage)
endif()

if(TAPALCATL_SANITIZE)
    add_compile_options(-fsanitize=${TAPALCATL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TAPALCATL_SANITIZE})
    if(TAPALCATL_SANITIZE MATCHES "address,undefined" AND NOT TAPALCATL_FUZZ)
        # These look at every access to memory, as AddressSanitizer and the processor do, and take 28 of the 77 s that it takes to
        # compile net. The fuzz targets keep them.
        add_compile_options(-fno-sanitize=null,alignment,object-size,vptr)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # What sanitizers add leads g++ to see uninitialized values where there are none (its manual says so).
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
    if(TAPALCATL_SANITIZE MATCHES "thread")
        # ThreadSanitizer does not understand fences. Asio's stand beside locks that it does understand.
        add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
endif()

if(TAPALCATL_STATIC)
    # static-pie, not -static: the latter pays 8 ms at the first throw, sorting all unwind tables.
    set(CMAKE_FIND_LIBRARY_SUFFIXES ".a")
    set(Boost_USE_STATIC_LIBS ON)
    set(OPENSSL_USE_STATIC_LIBS ON)
    add_link_options(-static-pie)
    add_compile_definitions(TAPALCATL_STATIC)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
    add_compile_options(-ffunction-sections -fdata-sections)
    add_link_options(-Wl,--gc-sections -s)
endif()
