import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the API; the built dashboard is served by the server itself. */
const server = 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react()],
  build: {
    // Inlined assets are data: URLs, which a strict content security policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Libraries change rarely: their own file stays in the browser's cache over a release.
        codeSplitting: { groups: [{ name: 'libraries', test: /node_modules/ }] },
      },
    },
  },
  server: { proxy: { '/v1': server, '/auth': server } },
})
