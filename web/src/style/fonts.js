// The fonts of the labels, files of our own: nothing is fetched from a glyph server, and all systems draw the same map.
// Characters outside of these subsets are drawn with what the reader's system has.
import unicodeRanges from "@fontsource/source-sans-3/unicode.json";
import cyrillicItalic from "@fontsource/source-sans-3/files/source-sans-3-cyrillic-400-italic.woff2";
import cyrillicRegular from "@fontsource/source-sans-3/files/source-sans-3-cyrillic-400-normal.woff2";
import cyrillicSemibold from "@fontsource/source-sans-3/files/source-sans-3-cyrillic-600-normal.woff2";
import greekItalic from "@fontsource/source-sans-3/files/source-sans-3-greek-400-italic.woff2";
import greekRegular from "@fontsource/source-sans-3/files/source-sans-3-greek-400-normal.woff2";
import greekSemibold from "@fontsource/source-sans-3/files/source-sans-3-greek-600-normal.woff2";
import latinItalic from "@fontsource/source-sans-3/files/source-sans-3-latin-400-italic.woff2";
import latinRegular from "@fontsource/source-sans-3/files/source-sans-3-latin-400-normal.woff2";
import latinSemibold from "@fontsource/source-sans-3/files/source-sans-3-latin-600-normal.woff2";
import latinExtItalic from "@fontsource/source-sans-3/files/source-sans-3-latin-ext-400-italic.woff2";
import latinExtRegular from "@fontsource/source-sans-3/files/source-sans-3-latin-ext-400-normal.woff2";
import latinExtSemibold from "@fontsource/source-sans-3/files/source-sans-3-latin-ext-600-normal.woff2";

export const regular = ["Source Sans 3 Regular"];
export const semibold = ["Source Sans 3 Semibold"];
export const italic = ["Source Sans 3 Italic"];

/** Fonts lie beside the script, wherever that is. MapLibre loads each when a label first needs it. */
function face(files) {
  return Object.entries(files).map(([subset, file]) => ({
    url: new URL(file, import.meta.url).href,
    "unicode-range": unicodeRanges[subset].split(","),
  }));
}

export const fontFaces = {
  [regular[0]]: face({
    latin: latinRegular,
    "latin-ext": latinExtRegular,
    greek: greekRegular,
    cyrillic: cyrillicRegular,
  }),
  [semibold[0]]: face({
    latin: latinSemibold,
    "latin-ext": latinExtSemibold,
    greek: greekSemibold,
    cyrillic: cyrillicSemibold,
  }),
  [italic[0]]: face({
    latin: latinItalic,
    "latin-ext": latinExtItalic,
    greek: greekItalic,
    cyrillic: cyrillicItalic,
  }),
};
