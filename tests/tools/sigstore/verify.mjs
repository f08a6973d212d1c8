// Verify a signed file by the Sigstore project's own JavaScript: node verify.mjs FILE PUBLIC_KEY [TRUSTED_ROOT TLOGS STAMPS]
// TLOGS and STAMPS say how many ledgers and time stamp authorities of the trusted root have to vouch for the file (none).
// Prints the payload that was verified; exits 1 with the reason on a refusal.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// The packages lie where `npm ci` put them, beside the checkout's other tools, not beside this file.
const require = createRequire(path.join(process.env.SIGSTORE_TOOLS, 'package.json'));
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const [file, key, root, tlogs = '0', stamps = '0'] = process.argv.slice(2);
const publicKey = crypto.createPublicKey(readFileSync(key, 'utf8'));
const nobody = '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';
try {
  const bundle = bundleFromJSON(JSON.parse(readFileSync(file, 'utf8')));
  const trusted = TrustedRoot.fromJSON(JSON.parse(root ? readFileSync(root, 'utf8') : nobody));
  const material = toTrustMaterial(trusted, () => ({ publicKey, validFor: () => true }));
  const asked = { tlogThreshold: +tlogs, ctlogThreshold: 0, timestampThreshold: +stamps };
  new Verifier(material, asked).verify(toSignedEntity(bundle));
  process.stdout.write(bundle.content.dsseEnvelope.payload);
} catch (error) {
  console.error(`${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
