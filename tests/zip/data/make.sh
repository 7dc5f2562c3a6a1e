#!/bin/sh
# Writes the archives of this folder: the same two files, packed by other programs in all ways they have.
# Needs Info-ZIP's zip, Python, Perl, a JDK and Go. The archives are kept in the repository; run this to add one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p 2/3
seq 1 500 > 2/3/1.txt
printf '{}' > 'caffè.json'
printf '#!/bin/sh\nexit 0\n' > stub

TZ=UTC touch -d 2019-01-25T12:00:00Z 2/3/1.txt 'caffè.json' 2/3 2
export TZ=UTC LC_ALL=C.UTF-8

rm -f "$here"/*.zip
zip -q -r infozip.zip 2 'caffè.json'
cp infozip.zip infozip-comment.zip
printf 'PK\5\6 is in this comment\n' | zip -q -z infozip-comment.zip > /dev/null
zip -q -r - 2 'caffè.json' | cat > infozip-streamed.zip
cat stub infozip.zip > infozip-self-extractor.zip
cp infozip-self-extractor.zip infozip-self-extractor-adjusted.zip
zip -q -A infozip-self-extractor-adjusted.zip

python3 - <<'PYTHON'
import io, zipfile

names = ["2/3/1.txt", "caffè.json"]

def info(name):
    member = zipfile.ZipInfo(name, (2019, 1, 25, 12, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    return member

def write(target, zip64=False):
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            with archive.open(info(name), "w", force_zip64=zip64) as out:
                out.write(open(name, "rb").read())

class Stream(io.RawIOBase):
    def __init__(self, path):
        self.file = open(path, "wb")
    def writable(self):
        return True
    def write(self, data):
        return self.file.write(data)

write("python.zip")
write("python-zip64.zip", True)
write(Stream("python-streamed.zip"))
with open("python-appended.zip", "wb") as file:
    file.write(open("stub", "rb").read())
with zipfile.ZipFile("python-appended.zip", "a") as archive:
    for name in names:
        archive.writestr(info(name), open(name, "rb").read())
PYTHON

perl -e '
    use IO::Compress::Zip qw(:all);
    zip ["2/3/1.txt", "caff\xc3\xa8.json"] => "perl.zip", Time => 1548417600, Efs => 1 or die $ZipError;
    zip ["2/3/1.txt", "caff\xc3\xa8.json"] => "perl-zip64.zip", Time => 1548417600, Efs => 1, Zip64 => 1, Stream => 1
        or die $ZipError;
'
jar -c -M -f jar.zip 2 'caffè.json'

cat > main.go <<'GO'
package main

import (
	"archive/zip"
	"os"
)

func main() {
	file, _ := os.Create("go.zip")
	archive := zip.NewWriter(file)
	for _, name := range []string{"2/3/1.txt", "caffè.json"} {
		data, _ := os.ReadFile(name)
		entry, _ := archive.Create(name)
		entry.Write(data)
	}
	archive.Close()
}
GO
go run main.go
mv ./*.zip "$here"
