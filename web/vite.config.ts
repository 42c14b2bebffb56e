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
        for (const file of Object.values(bundle).filter((each) => WORTH_COMPRESSING.test(each.fileName))) {
          const source = file.type === "chunk" ? file.code : file.source;
          this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotliCompressSync(source) });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) });
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
