// Verify a signed report by the Sigstore project's own JavaScript: node verify.mjs REPORT PUBLIC_KEY
// Prints the payload that was verified; exits 1 with the reason on a refusal.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// The packages lie where `npm ci` put them, beside the checkout's other tools, not beside this file.
const require = createRequire(path.join(process.env.SIGSTORE_TOOLS, 'package.json'));
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const [report, key] = process.argv.slice(2);
const publicKey = crypto.createPublicKey(readFileSync(key, 'utf8'));
const nobody = {
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
};
try {
  const bundle = bundleFromJSON(JSON.parse(readFileSync(report, 'utf8')));
  const material = toTrustMaterial(nobody, () => ({ publicKey, validFor: () => true }));
  new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 }).verify(toSignedEntity(bundle));
  process.stdout.write(bundle.content.dsseEnvelope.payload);
} catch (error) {
  console.error(`${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
