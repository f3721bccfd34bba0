#!/usr/bin/env bash
# Compiles witgen and witgen-serve for systems that aren't this one, and tries the program for Windows in Wine.
#
#   scripts/check-platforms.sh
#
# Needs Linux on x86-64, and rustup to add targets. Zig, from PyPI, compiles what is C, and Debian has Wine. Programs for macOS are
# checked and not linked, which needs Apple's SDK; those for Windows are of the ABI of GNU, and releases of that of MSVC.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${CARGO_TARGET_DIR:-target}/packaging
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    --requirement packaging/requirements.txt
PATH=$(realpath "$tools/bin"):$PATH

windows=x86_64-pc-windows-gnu
for target in aarch64-apple-darwin aarch64-unknown-linux-musl $windows; do
    rustup target add "$target"
    echo "== $target"
    cargo-zigbuild check --locked --target "$target" --package witgen-toolkit --package witgen-serve
done

echo '== Wine'
cargo zigbuild --locked --target $windows --package witgen-toolkit
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
[ -x "$wine" ] || { apt-get update -qq && apt-get install -y -qq --no-install-recommends wine64; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export WINEPREFIX=$folder/wine WINEDEBUG=-all
# Wine 8 doesn't have this library, which is Windows' source of random numbers.
cat > "$folder/random.c" <<'END'
__declspec(dllimport) unsigned char SystemFunction036(void *, unsigned long);
__declspec(dllexport) int ProcessPrng(void *bytes, unsigned long long length) { return SystemFunction036(bytes, length); }
END
python -m ziglang cc -target x86_64-windows-gnu -shared -o "$folder/bcryptprimitives.dll" "$folder/random.c" -ladvapi32
cp "${CARGO_TARGET_DIR:-target}/$windows/debug/witgen.exe" "$folder"
witgen() { "$wine" "$folder/witgen.exe" "$@"; }

# The same package: what is generated has to be the same bytes.
mkdir "$folder/linux" "$folder/windows"
cargo build --quiet --locked --package witgen-toolkit
for system in linux windows; do
    cp -r wit "$folder/$system/wit"
    cd "$folder/$system"
    case $system in
        linux) run=("$OLDPWD/${CARGO_TARGET_DIR:-target}/debug/witgen") ;;
        windows) run=(witgen) ;;
    esac
    "${run[@]}" --version
    "${run[@]}" init
    "${run[@]}" rust --world proxy --out glue
    "${run[@]}" generate
    "${run[@]}" check
    cd "$OLDPWD"
done
diff -r "$folder/linux" "$folder/windows"
echo 'Windows makes the same files as Linux'

cd "$folder/windows"
echo '// more' >> spec/README.md
if witgen check --format github > found; then exit 1; fi
grep --quiet '^::error file=spec/README.md,' found || { cat found; exit 1; }
printf 'wit = '\''wit\\deps'\''\n' > witgen.toml
if witgen check 2> found; then exit 1; fi
grep --quiet 'write `wit/deps`' found || { cat found; exit 1; }
echo 'Windows reports paths as programs read them'
