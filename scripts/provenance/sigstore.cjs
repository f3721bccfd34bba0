// What scripts/test-provenance.sh asks of Sigstore's own packages for JavaScript.
//
//   sigstore.cjs verify BUNDLE PUBLIC_KEY     verifies a bundle that a key has signed
//   sigstore.cjs sign STATEMENT DIR           signs a statement as CI does: with a certificate of an authority and an entry in a log,
//                                             which are mocked; writes the bundle, damaged variants of it and the trusted root

'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { bundleFromJSON, bundleToJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { toSignedEntity, toTrustMaterial, Verifier } = require('@sigstore/verify');

const ISSUER = 'https://token.actions.example.com';
const IDENTITY = 'https://code.example.com/acme/units/.github/workflows/publish.yml@refs/tags/v1.0.0';
const FULCIO = 'https://fulcio.example.com';
const REKOR = 'https://rekor.example.com';
const HOUR = 3_600_000;

function verify(bundle, key) {
    const signed = toSignedEntity(bundleFromJSON(JSON.parse(fs.readFileSync(bundle, 'utf8'))));
    const publicKey = crypto.createPublicKey(fs.readFileSync(key));
    const der = publicKey.export({ format: 'der', type: 'spki' });
    const root = TrustedRoot.fromJSON({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' });
    const material = toTrustMaterial(root, (hint) => {
        const expected = crypto.createHash('sha256').update(der).digest('base64');
        if (hint !== expected) {
            throw new Error(`the hint is ${hint}, and the key is ${expected}`);
        }
        return { publicKey, validFor: () => true };
    });
    const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    verifier.verify(signed);
}

// A token that nobody has signed: the mocked authority believes it.
function token() {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ iss: ISSUER, sub: IDENTITY, aud: 'sigstore' })}.`;
}

// What Rekor makes of an envelope that it is sent; the mocked log would keep what it is sent.
function entry(proposed) {
    const { envelope, verifiers } = proposed.spec.proposedContent;
    const { payload, signatures } = JSON.parse(envelope);
    const hash = (bytes) => ({ algorithm: 'sha256', value: crypto.createHash('sha256').update(bytes).digest('hex') });
    return {
        apiVersion: proposed.apiVersion,
        kind: proposed.kind,
        spec: {
            envelopeHash: hash(envelope),
            payloadHash: hash(Buffer.from(payload, 'base64')),
            signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
        },
    };
}

async function signAt(payload, times) {
    const mock = require('@sigstore/mock');
    const nock = require('nock');
    const { DSSEBundleBuilder, FulcioSigner, RekorWitness } = require('@sigstore/sign');
    const pair = () => crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const keys = { authority: pair(), certificates: pair(), signatures: pair() };
    const ctlog = await mock.initializeCTLog(keys.certificates, times.certificate);
    const authority = await mock.initializeCA(keys.authority, ctlog, times.certificate);
    const tlog = await mock.initializeTLog(REKOR, keys.signatures, times.log);
    const log = { ...tlog, log: (proposed) => tlog.log(entry(proposed)) };
    for (const [url, handler] of [
        [FULCIO, mock.fulcioHandler(authority, { strict: true })],
        [REKOR, mock.rekorHandler(log, { strict: true })],
    ]) {
        nock(url).post(handler.path).reply(async (_, body) => {
            const text = typeof body === 'string' ? body : JSON.stringify(body);
            const { statusCode, response, contentType } = await handler.fn(text);
            return [statusCode, response, { 'content-type': contentType ?? 'text/plain' }];
        });
    }
    const builder = new DSSEBundleBuilder({
        signer: new FulcioSigner({ fulcioBaseURL: FULCIO, identityProvider: { getToken: async () => token() } }),
        witnesses: [new RekorWitness({ rekorBaseURL: REKOR, entryType: 'dsse' })],
    });
    const bundle = await builder.create({ data: payload, type: 'application/vnd.in-toto+json' });
    const start = new Date(Date.now() - 48 * HOUR).toISOString();
    const trusted = (baseUrl, key, id) => ({
        baseUrl,
        hashAlgorithm: 'SHA2_256',
        publicKey: { rawBytes: key.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start } },
        logId: { keyId: Buffer.from(id).toString('base64') },
    });
    const root = {
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        tlogs: [trusted(REKOR, tlog.publicKey, crypto.createHash('sha256').update(tlog.publicKey).digest())],
        certificateAuthorities: [
            {
                subject: { organization: 'example', commonName: 'example' },
                uri: FULCIO,
                certChain: { certificates: [{ rawBytes: Buffer.from(authority.rootCertificate).toString('base64') }] },
                validFor: { start },
            },
        ],
        ctlogs: [trusted('https://ct.example.com', ctlog.publicKey, ctlog.logID)],
        timestampAuthorities: [],
    };
    return { bundle: bundleToJSON(bundle), root };
}

async function sign(statement, dir) {
    const payload = fs.readFileSync(statement);
    const write = (name, value) => fs.writeFileSync(path.join(dir, name), JSON.stringify(value));
    const now = new Date(Date.now() - 60_000);
    const { bundle, root } = await signAt(payload, { certificate: now, log: now });
    write('keyless.sigstore.json', bundle);
    write('trusted_root.json', root);

    // The certificate had expired when the log saw the signature.
    const earlier = new Date(now.getTime() - 24 * HOUR);
    const expired = await signAt(payload, { certificate: earlier, log: now });
    write('expired.sigstore.json', expired.bundle);
    write('expired_root.json', expired.root);

    // Another instance with the same names.
    write('another_root.json', (await signAt(payload, { certificate: now, log: now })).root);

    const damaged = (name, damage) => {
        const copy = JSON.parse(JSON.stringify(bundle));
        damage(copy.verificationMaterial, copy.dsseEnvelope);
        write(`${name}.sigstore.json`, copy);
    };
    damaged('unlogged', (material) => {
        material.tlogEntries = [];
    });
    damaged('another-time', (material) => {
        material.tlogEntries[0].integratedTime = String(Number(material.tlogEntries[0].integratedTime) + 1);
    });
    damaged('another-entry', (material) => {
        const entry = material.tlogEntries[0];
        entry.canonicalizedBody = Buffer.from(
            Buffer.from(entry.canonicalizedBody, 'base64').toString().replace(/[0-9a-f]{64}/, 'f'.repeat(64)),
        ).toString('base64');
    });
    damaged('another-statement', (_, envelope) => {
        const text = Buffer.from(envelope.payload, 'base64').toString();
        envelope.payload = Buffer.from(`${text} `).toString('base64');
    });
}

const [command, ...args] = process.argv.slice(2);
const commands = { verify, sign };
Promise.resolve()
    .then(() => commands[command](...args))
    .catch((error) => {
        console.error(error);
        process.exit(1);
    });
