import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const WORTH_COMPRESSING = /\.(js|css|html)$/;

/** Writes `name.br` and `name.gz` beside each text file, so that the gateway never compresses. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const made = Object.values(bundle).map((file): [string, string | Uint8Array] => {
          return [file.fileName, file.type === "chunk" ? file.code : file.source];
        });
        const copied = readdirSync("public").map((name): [string, Uint8Array] => [
          name,
          readFileSync(`public/${name}`),
        ]);
        for (const [fileName, source] of [...made, ...copied].filter(([name]) => WORTH_COMPRESSING.test(name))) {
          this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: brotliCompressSync(source) });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) });
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [precompressed()],
  build: {
    target: ["chrome125", "firefox128", "safari18"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What nearly every view uses comes with the page, not as a dozen files of 200 bytes each.
            {
              name: "common",
              test: /node_modules\/(@?preact|signals)|src\/views\/[^/]+\.tsx?$|src\/(list|find|answer|state|select)\.ts$/,
            },
            { name: "uplot", test: /node_modules\/uplot/ },
          ],
        },
      },
    },
  },
});
