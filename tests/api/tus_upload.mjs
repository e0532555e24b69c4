// Uploads a file with tus-js-client as it comes from npm.
// node tus_upload.mjs FILE ENDPOINT PHOTO_ID TOKEN CHUNK [STOP_AFTER_BYTES]; prints {url, offset, chunks} or {error}
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'

const tus = createRequire(new URL('../../pwa/package.json', import.meta.url))('tus-js-client')
const [file, endpoint, photo, token, chunk, stopAfter] = process.argv.slice(2)
let chunks = 0
const say = (told) => {
  console.log(JSON.stringify({ url: upload.url, chunks, ...told }))
  process.exit(0)
}
const upload = new tus.Upload(createReadStream(file), {
  endpoint,
  metadata: { id: photo },
  headers: { Authorization: `Bearer ${token}` },
  chunkSize: Number(chunk),
  uploadSize: statSync(file).size,
  retryDelays: [0, 100, 500, 1000, 2000, 4000],
  onError: (error) => say({ error: String(error) }),
  onChunkComplete: (_size, accepted) => {
    chunks += 1
    if (stopAfter && accepted >= Number(stopAfter)) say({ offset: accepted })
  },
  onSuccess: () => say({ offset: readFileSync(file).length }),
})
if (process.env.RESUME) upload.options.uploadUrl = process.env.RESUME
upload.start()
