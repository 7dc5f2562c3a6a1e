# Everything comes from Debian's packages (script/bootstrap installs them); nothing is downloaded here.

find_package(Threads REQUIRED)

# Boost 1.81 by its own package names: Debian's default Boost is older.
find_package(Boost 1.81 REQUIRED COMPONENTS json)

# Asio and Beast are compiled once, in these two libraries; every other unit sees declarations only.
add_library(tapalcatl_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
add_library(tapalcatl::asio ALIAS tapalcatl_asio)
target_compile_definitions(tapalcatl_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(tapalcatl_asio PUBLIC Boost::headers Threads::Threads)

add_library(tapalcatl_beast STATIC ${CMAKE_SOURCE_DIR}/cmake/beast.cpp)
add_library(tapalcatl::beast ALIAS tapalcatl_beast)
target_compile_definitions(tapalcatl_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(tapalcatl_beast PUBLIC tapalcatl_asio)

# The package of fmt has no static archive: it is compiled once here.
find_package(fmt REQUIRED)
add_library(tapalcatl_fmt STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt.cpp)
add_library(tapalcatl::fmt ALIAS tapalcatl_fmt)

find_path(LIBDEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)
find_library(LIBDEFLATE_LIBRARY deflate REQUIRED)
add_library(tapalcatl_deflate INTERFACE)
add_library(tapalcatl::deflate ALIAS tapalcatl_deflate)
target_include_directories(tapalcatl_deflate SYSTEM INTERFACE ${LIBDEFLATE_INCLUDE_DIR})
target_link_libraries(tapalcatl_deflate INTERFACE ${LIBDEFLATE_LIBRARY})

# Of hiredis the reader alone: what it reads comes over sockets of ours.
find_path(HIREDIS_INCLUDE_DIR hiredis/read.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(tapalcatl_hiredis INTERFACE)
add_library(tapalcatl::hiredis ALIAS tapalcatl_hiredis)
target_include_directories(tapalcatl_hiredis SYSTEM INTERFACE ${HIREDIS_INCLUDE_DIR})
target_link_libraries(tapalcatl_hiredis INTERFACE ${HIREDIS_LIBRARY})

find_path(PUGIXML_INCLUDE_DIR pugixml.hpp REQUIRED)
find_library(PUGIXML_LIBRARY pugixml REQUIRED)
add_library(tapalcatl_pugixml INTERFACE)
add_library(tapalcatl::pugixml ALIAS tapalcatl_pugixml)
target_include_directories(tapalcatl_pugixml SYSTEM INTERFACE ${PUGIXML_INCLUDE_DIR})
target_link_libraries(tapalcatl_pugixml INTERFACE ${PUGIXML_LIBRARY})

find_path(YAML_CPP_INCLUDE_DIR yaml-cpp/yaml.h REQUIRED)
find_library(YAML_CPP_LIBRARY yaml-cpp REQUIRED)
add_library(tapalcatl_yaml INTERFACE)
add_library(tapalcatl::yaml ALIAS tapalcatl_yaml)
target_include_directories(tapalcatl_yaml SYSTEM INTERFACE ${YAML_CPP_INCLUDE_DIR})
target_link_libraries(tapalcatl_yaml INTERFACE ${YAML_CPP_LIBRARY})

find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)

# Asio's TLS apart from Asio, so that only what speaks TLS links OpenSSL.
add_library(tapalcatl_asio_ssl STATIC ${CMAKE_SOURCE_DIR}/cmake/asio_ssl.cpp)
add_library(tapalcatl::asio_ssl ALIAS tapalcatl_asio_ssl)
target_link_libraries(tapalcatl_asio_ssl PUBLIC tapalcatl_asio OpenSSL::SSL OpenSSL::Crypto)

if(TAPALCATL_TESTS)
    find_package(GTest REQUIRED)
endif()
