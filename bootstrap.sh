#!/usr/bin/env bash
# bootstrap.sh - from a fresh clone on a bare Debian 12 to a running chat, or to
# the result of all tests. It installs the Debian packages that are missing
# (with sudo when it is not root) and builds in ./build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C.UTF-8

# Every package that anything here needs. A second run, when all are there,
# needs neither network nor root.
packages_build='apache2-bin apache2-dev apache2-ssl-dev libssl-dev
    libjansson-dev libjwt-dev libutf8proc-dev libhiredis-dev zlib1g-dev
    autoconf automake libtool pkg-config make gcc libc6-dev python3'
packages_check='apache2 libcmocka-dev binutils clang libclang-rt-14-dev python3
    python3-pytest python3-websockets python3-h2 python3-requests curl jq
    openssl xz-utils php-cli chromium chromium-driver firefox-esr
    webkit2gtk-driver gir1.2-webkit2-4.1 python3-gi xvfb tcpdump tshark
    libapache2-mod-security2 modsecurity-crs nginx libfaketime nodejs esbuild
    libaprutil1-dbd-sqlite3 libaprutil1-dbd-pgsql libaprutil1-dbd-mysql
    sqlite3 postgresql mariadb-server-core mariadb-client-core redis-server
    redis-sentinel python3-redis haproxy iproute2 rpm'
# Not installed, only unpacked in build: the one would be the MPM of this
# machine's own apache2, the other would start a server.
packages_unpacked='libapache2-mpm-itk prometheus'
packages_bench='libnginx-mod-nchan php-sqlite3'
packages_package='debhelper dpkg-dev esbuild lintian xz-utils'
packages_try='chromium chromium-driver debootstrap iproute2 python3 util-linux'
packages_soak='wordpress wordpress-theme-twentytwentythree php php-cgi'

jobs=$(getconf _NPROCESSORS_ONLN)

usage() {
    cat <<'END'
usage: ./bootstrap.sh demo [--detach]   build, and chat on http://127.0.0.1:8080/
                                (PORT=8081 ./bootstrap.sh demo: another port)
       ./bootstrap.sh stop      end a demo that was started with --detach
       ./bootstrap.sh build     build mod_chatws.so; `make -C build install`
       ./bootstrap.sh check     build, and run every test
       ./bootstrap.sh soak      build, and run the long tests: two hours
       ./bootstrap.sh package [--try]
                                build the Debian package, in build/package; with
                                --try also install, upgrade and purge it in a
                                bare system of its own, and be a new owner
                                there (root, ten minutes)
       ./bootstrap.sh matrix    build with gcc and clang, without each library,
                                and in Debians with other httpds (root); short
                                tests of each
       ./bootstrap.sh bench     build, and measure beside nginx and nchan; WSLOAD
                                names the folder of the load generator
END
}

fail() {
    echo "bootstrap.sh: $*" >&2
    exit 1
}

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1)" = \
            installed ] || echo "$package"
    done
}

# install_packages PACKAGE...: the missing ones, with one question to apt-get.
install_packages() {
    local missing root=()
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian: install what configure.ac asks for, then" \
            "run autoreconf -i, configure and make."
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "run this as root first: apt-get install $missing"
        root=(sudo)
    fi
    echo "Installing $missing"
    mkdir -p build
    "${root[@]}" apt-get update -qq </dev/null >build/apt.log 2>&1 ||
        fail "apt-get update failed: $(tail -n 1 build/apt.log)"
    # shellcheck disable=SC2086 # a list of words
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $missing </dev/null >>build/apt.log 2>&1 ||
        fail "apt-get could not install $missing:" \
            "$(grep '^E:' build/apt.log | head -n 1)"
}

# unpack_packages: mpm-itk for test_itk.py, promtool for test_monitoring.py, or
# those tests are skipped and say so.
unpack_packages() {
    local package folder
    for package in $packages_unpacked; do
        folder=build/unpacked/$package
        if [ -e "$folder/usr" ] || [ ! "$(missing_packages "$package")" ]; then
            continue
        fi
        mkdir -p "$folder"
        (cd "$folder" && apt-get download -qq "$package" &&
            dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb) \
            >"$folder.log" 2>&1 ||
            echo "$package cannot be had: $(tail -n 1 "$folder.log")"
    done
}

# install_npm: what the tests of the pages need from npm, in build/npm.
install_npm() {
    local file
    command -v npm >/dev/null || install_packages npm
    mkdir -p build/npm
    for file in package.json package-lock.json; do
        if ! cmp -s "tests/browser/$file" "build/npm/$file"; then
            rm -rf build/npm/node_modules
            cp "tests/browser/$file" build/npm
        fi
    done
    [ ! -e build/npm/node_modules ] || return 0
    (cd build/npm && npm ci --ignore-scripts --no-audit --no-fund) \
        >build/npm.log 2>&1 ||
        fail "npm ci failed: $(grep -i 'err' build/npm.log | head -n 1)"
}

# configure_in FOLDER ARGUMENT...: makes FOLDER/Makefile, once for the same
# arguments and the same esbuild, which may be installed later.
configure_in() {
    local folder=$1 log=$1/configure.log arguments
    shift
    arguments="$* ESBUILD=$(command -v esbuild || true)"
    mkdir -p "$folder"
    if [ ! -e configure ] || [ configure.ac -nt configure ]; then
        autoreconf -i >"$log" 2>&1 ||
            fail "autoreconf failed: $(grep -i error "$log" | head -n 1)"
    fi
    if [ -e "$folder/Makefile" ] && [ ! configure -nt "$folder/Makefile" ] &&
        [ "$(cat "$folder/arguments" 2>&1)" = "$arguments" ]; then
        return 0
    fi
    (cd "$folder" && "$OLDPWD/configure" -q "$@") >"$log" 2>&1 ||
        fail "$(grep 'configure: error' "$log" | sed 's/^configure: error: //')"
    grep WARNING "$log" || true
    echo "$arguments" >"$folder/arguments"
}

build() {
    # shellcheck disable=SC2086 # a list of words
    install_packages $packages_build
    configure_in build
    make -s -C build -j "$jobs" || fail "the build failed."
}

# build_tests FOLDER: everything that its tests need.
build_tests() {
    make -s -C "$1" -j "$jobs" check TESTS= >"$1/build.log" 2>&1 || {
        cat "$1/build.log"
        echo "bootstrap.sh: the build in $1 failed" >&2
    }
}

# run_tests FOLDER TESTS [LOG]: the results stay in FOLDER. Far more jobs than
# cores: tests/tools/suite.py lets so many run as do each other no harm.
run_tests() {
    make -C "$1" -j "$((8 * jobs))" check TESTS="$2" \
        TEST_SUITE_LOG="${3-test-suite.log}" ||
        echo "bootstrap.sh: make check in $1 failed" >&2
}

results_of() {
    make -s -C "$1" --no-print-directory list-results TESTS="$2"
}

# A tarball is made, unpacked, built, checked, installed and uninstalled. Its
# sources are those that check() runs all tests of: here it builds without the
# libraries that can be left out, and runs the tests that need more of the
# tarball than sources, and those of what then is there instead. (To compress it
# well takes longer than to make it.)
# shellcheck disable=SC2016 # variables of make
check_dist() {
    local result=build/check/distcheck.trs programs='$(fuzz_tests)' name
    for name in ws_extension ws_message hub_echo hub_way act_relay; do
        programs+=" tests/unit/test_$name"
    done
    if make -s -C build/check -j "$((jobs + 1))" distcheck \
        TESTS="\$(house_tests) $programs" XZ_OPT=-1 \
        check_PROGRAMS="$programs" DISTCHECK_CONFIGURE_FLAGS="--enable-werror \
        --without-libjwt --without-hiredis --without-zlib" \
        >build/check/distcheck.log 2>&1; then
        echo ':test-result: PASS' >"$result"
    else
        echo ':test-result: FAIL' >"$result"
        tail -n 40 build/check/distcheck.log
        {
            echo 'not ok make distcheck'
            grep -E '^not ok|error: |\*\*\* ' build/check/distcheck.log |
                sed 's/^/# /'
        } >build/check/distcheck.why || true
        cat build/check/distcheck.why >>build/check/distcheck.log
    fi
}

# The tarball that somebody else makes, elsewhere, is the same, and it has all
# that git has.
check_tarballs() {
    local result=build/check/tarballs.trs log=build/check/tarballs.log name
    name=mod_chatws-$(sed -n 's/^VERSION = //p' build/check/Makefile).tar.xz
    if cmp build/check/"$name" build/clang/"$name" >>"$log" 2>&1 &&
        ! git ls-files | grep -vxF -e .gitignore \
            -f <(tar -tf build/check/"$name" | sed 's,^[^/]*/,,') >>"$log"; then
        echo ':test-result: PASS' >"$result"
    else
        echo ':test-result: FAIL' >"$result"
        cat "$log"
        echo 'not ok two tarballs are the same and whole' >>"$log"
    fi
}

# Building keeps the processors busy, testing mostly waits: so first all that
# is to be built, then all that is to be run.
# shellcheck disable=SC2016 # variables of make
check() {
    local status=0 all='$(all_tests)' pure='$(pure_tests)'
    # shellcheck disable=SC2086 # lists of words
    install_packages $packages_build $packages_check
    unpack_packages
    install_npm
    [ -n "$(getent hosts localhost)" ] ||
        fail "the tests need the name localhost: add the line" \
            "\"127.0.0.1 localhost\" to /etc/hosts."
    configure_in build/check --enable-werror
    configure_in build/clang CC=clang --enable-werror --enable-fuzzing
    export CHATWS_SLOTS=$PWD/build
    find build/check build/clang \( -name '*.trs' -o -name '*.tar.xz' \) -delete
    build_tests build/check &
    {
        build_tests build/clang
        (umask 077 && make -s -C build/clang dist XZ_OPT=-1) \
            >build/check/tarballs.log 2>&1
    } &
    check_dist &
    wait
    check_tarballs
    run_tests build/clang "$pure" | sed 's/^/clang: /' &
    run_tests build/check '$(browser_tests)' browsers.log &
    run_tests build/check '$(other_tests)'
    wait
    # shellcheck disable=SC2046 # one word is one path
    python3 tests/tools/summary.py $(results_of build/check "$all") \
        build/check/distcheck.trs build/check/tarballs.trs \
        "build=clang, sanitizers" \
        $(results_of build/clang "$pure") || status=$?
    return "$status"
}

# In build/dist, the only one there.
make_tarball() {
    configure_in build/dist
    rm -f build/dist/mod_chatws-*.tar.xz
    make -s -C build/dist dist >build/dist/dist.log 2>&1 ||
        fail "make dist failed: $(tail -n 1 build/dist/dist.log)"
}

# The Debian package, from the tarball as anybody else would build it.
package() {
    local folder=build/package version name
    # shellcheck disable=SC2086 # lists of words
    install_packages $packages_build $packages_package
    make_tarball
    version=$(sed -n 's/^VERSION = //p' build/dist/Makefile)
    name=mod_chatws-$version
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "build/dist/$name.tar.xz" "$folder/mod-chatws_$version.orig.tar.xz"
    tar -C "$folder" -xf "build/dist/$name.tar.xz"
    (cd "$folder/$name" && DEB_BUILD_OPTIONS="nocheck parallel=$jobs" \
        dpkg-buildpackage -us -uc) >"$folder/build.log" 2>&1 ||
        fail "the build failed: $(tail -n 3 "$folder/build.log")"
    rm -rf "${folder:?}/$name"
    lintian --fail-on error,warning "$folder"/*.changes ||
        fail "lintian complains."
    ls "$folder"/*.deb
}

# The life of the package, and its new owner, in a bare Debian inside of
# build/room.
try_package() {
    local test status=0
    [ "$(id -u)" = 0 ] || fail "package --try needs root: it makes a chroot."
    # shellcheck disable=SC2086 # a list of words
    install_packages $packages_try
    for test in life autopkgtest owner; do
        /usr/bin/python3 -B "tests/package/$test.py" build/room \
            build/package/libapache2-mod-chatws_*.deb || status=1
    done
    return "$status"
}

# Short tests, and what they need beside the module.
matrix_tests='tests/unit/test_ws_frame tests/integration/test_config.py
    tests/integration/test_handshake.py tests/integration/test_sse.py
    tests/integration/test_polls.py tests/integration/test_status.py'

# matrix_said NAME LOG STATUS: a row of the table; fails as the tests did.
matrix_said() {
    echo "| $1 | $(sed -n -e 's/^# PASS: *//p' -e 's/^\([0-9]*\) passed.*/\1/p' \
        "$2") passed$([ "$3" = 0 ] || echo "; FAILED, see $2") |"
    return "$3"
}

# matrix_row COMPILER [LIBRARY...]: without these libraries.
matrix_row() {
    local compiler=$1 folder tests=$matrix_tests log status=0
    shift
    folder=build/matrix-$compiler${*:+-$(IFS=-; echo "$*")}
    log=$folder/check.log
    [[ " $* " = *" libjwt "* ]] || tests+=' tests/integration/test_tokens.py'
    [[ " $* " = *" hiredis "* ]] || tests+=' tests/integration/test_redis.py'
    configure_in "$folder" CC="$compiler" --enable-werror "${@/#/--without-}"
    make -s -C "$folder" -j "$jobs" >"$log" 2>&1 &&
        make -s -C "$folder" check TESTS="$(echo $tests)" \
            check_PROGRAMS=tests/unit/test_ws_frame check_LTLIBRARIES= \
            >>"$log" 2>&1 || status=1
    matrix_said "$("$compiler" --version | head -n 1), without ${*:-nothing}" \
        "$log" "$status"
}

# matrix_apxs [LIBRARY=no...]: by Makefile.apxs, which has no tests of its own.
matrix_apxs() {
    local folder=build/matrix/apxs log=build/matrix/apxs.log status=0
    rm -rf "$folder"
    mkdir -p "$folder"
    tar -C "$folder" --strip-components=1 -xf build/dist/mod_chatws-*.tar.xz
    make -C "$folder" -f Makefile.apxs "$@" >"$log" 2>&1 &&
        CHATWS_MODULE=$PWD/$folder/.libs/mod_chatws.so \
        CHATWS_ASSETS=$PWD/$folder/htdocs /usr/bin/python3 -B -m pytest -q \
            -p no:cacheprovider "$folder/tests/integration/test_handshake.py" \
            >>"$log" 2>&1 || status=1
    matrix_said "Makefile.apxs $*" "$log" "$status"
}

matrix() {
    local compiler library suite status=0
    [ "$(id -u)" = 0 ] || fail "matrix needs root: it makes a chroot."
    # shellcheck disable=SC2086 # lists of words
    install_packages $packages_build $packages_check $packages_try
    printf '| httpd %s; built with | tests |\n|---|---|\n' \
        "$(dpkg-query -W -f '${Version}' apache2-bin)"
    for compiler in gcc clang; do
        matrix_row "$compiler" || status=1
        for library in libjwt hiredis zlib; do
            matrix_row "$compiler" "$library" || status=1
        done
        matrix_row "$compiler" libjwt hiredis zlib || status=1
    done
    make_tarball
    matrix_apxs || status=1
    matrix_apxs LIBJWT=no HIREDIS=no ZLIB=no || status=1
    for suite in bookworm trixie; do
        /usr/bin/python3 -B tests/package/httpds.py build/matrix \
            build/dist/mod_chatws-*.tar.xz "$suite" "$packages_build" \
            "$(echo $matrix_tests) tests/integration/test_tokens.py" ||
            status=1
    done
    return "$status"
}

soak() {
    # shellcheck disable=SC2086 # lists of words
    install_packages $packages_build $packages_check $packages_soak
    unpack_packages
    install_npm
    configure_in build/check --enable-werror
    build_tests build/check
    exec make -C build/check check-soak
}

case "${1-}" in
build)
    build
    echo "Built build/.libs/mod_chatws.so; make -C build install installs it."
    ;;
demo)
    build
    exec conf/demo.sh build "${2-}"
    ;;
stop)
    exec conf/demo.sh build stop
    ;;
check)
    check
    ;;
soak)
    soak
    ;;
package)
    package
    [ "${2-}" != --try ] || try_package
    ;;
matrix)
    matrix
    ;;
bench)
    build
    # shellcheck disable=SC2086 # a list of words
    install_packages $packages_check $packages_bench
    shift
    CHATWS_MODULE=$PWD/build/.libs/mod_chatws.so exec tests/bench/bench.py "$@"
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
