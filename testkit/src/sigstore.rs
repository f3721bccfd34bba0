//! An instance of Sigstore: an authority that issues certificates to identities, a log of certificates and a log of signatures. Its
//! bundles are made from the specifications, without the libraries under test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType,
    SigningKey as _, date_time_ymd,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The service that has verified the identity.
pub const ISSUER: &str = "https://token.example.com";
/// The identity that signs.
pub const IDENTITY: &str =
    "https://code.example.com/acme/units/.github/workflows/publish.yml@refs/tags/v1.0.0";

/// A time at which certificates are valid: noon of the first day of 2024.
pub const WHILE_VALID: u64 = 1_704_110_400;
/// A time after that.
pub const AFTER_EXPIRY: u64 = WHILE_VALID + 2 * 24 * 3600;

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The numbers of Fulcio's extensions for the issuer, in its old form and its new one.
const ISSUER_EXTENSIONS: [&[u64]; 2] = [
    &[1, 3, 6, 1, 4, 1, 57264, 1, 1],
    &[1, 3, 6, 1, 4, 1, 57264, 1, 8],
];
/// The number of the extension with timestamps of logs of certificates (RFC 6962, 3.3).
const TIMESTAMPS_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

/// An instance of Sigstore.
pub struct Instance {
    authority: CertifiedIssuer<'static, KeyPair>,
    certificates: KeyPair,
    signatures: KeyPair,
}

/// What is special about a signature.
pub struct Signing<'a> {
    /// The identity in the certificate.
    pub identity: &'a str,
    /// When the log got the signature.
    pub logged_at: u64,
    /// Whether the log of certificates knows the certificate.
    pub is_certificate_logged: bool,
}

impl Default for Signing<'_> {
    fn default() -> Self {
        Signing {
            identity: IDENTITY,
            logged_at: WHILE_VALID,
            is_certificate_logged: true,
        }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

impl Instance {
    /// Makes an instance with keys of its own.
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Instance {
            authority: CertifiedIssuer::self_signed(params, key).unwrap(),
            certificates: KeyPair::generate().unwrap(),
            signatures: KeyPair::generate().unwrap(),
        }
    }

    /// Returns the trusted root.
    pub fn trusted_root(&self) -> Value {
        let start = "2023-01-01T00:00:00Z";
        let log = |url: &str, key: &KeyPair| {
            json!({
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(key.subject_public_key_info()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": { "start": start },
                },
                "logId": { "keyId": STANDARD.encode(log_id(key)) },
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("https://rekor.example.com", &self.signatures)],
            "certificateAuthorities": [{
                "subject": { "organization": "example", "commonName": "example" },
                "uri": "https://fulcio.example.com",
                "certChain": { "certificates": [{ "rawBytes": STANDARD.encode(self.authority.der()) }] },
                "validFor": { "start": start },
            }],
            "ctlogs": [log("https://ct.example.com", &self.certificates)],
            "timestampAuthorities": [],
        })
    }

    /// Signs a statement, and returns the bundle.
    pub fn sign(&self, statement: &Value, signing: &Signing<'_>) -> Value {
        let key = KeyPair::generate().unwrap();
        let certificate = self.issue(&key, signing);
        let payload = statement.to_string();
        let pae = format!(
            "DSSEv1 {} {PAYLOAD_TYPE} {} {payload}",
            PAYLOAD_TYPE.len(),
            payload.len()
        );
        let envelope = json!({
            "payload": STANDARD.encode(&payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{ "sig": STANDARD.encode(key.sign(pae.as_bytes()).unwrap()) }],
        });
        let entry = self.log(&envelope, &certificate, signing.logged_at);
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": { "rawBytes": STANDARD.encode(certificate) },
                "tlogEntries": [entry],
                "timestampVerificationData": {},
            },
            "dsseEnvelope": envelope,
        })
    }

    /// Issues a certificate for a key, which is valid for the first day of 2024.
    fn issue(&self, key: &KeyPair, signing: &Signing<'_>) -> Vec<u8> {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.not_before = date_time_ymd(2024, 1, 1);
        params.not_after = date_time_ymd(2024, 1, 2);
        params.is_ca = IsCa::NoCa;
        params.serial_number = Some(7.into());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let identity = Ia5String::try_from(signing.identity).unwrap();
        params.subject_alt_names = vec![SanType::URI(identity)];
        let mut utf8 = vec![0x0c, u8::try_from(ISSUER.len()).unwrap()];
        utf8.extend(ISSUER.as_bytes());
        let issuers = [ISSUER.as_bytes().to_vec(), utf8];
        params.custom_extensions = ISSUER_EXTENSIONS
            .iter()
            .zip(issuers)
            .map(|(number, issuer)| CustomExtension::from_oid_content(number, issuer))
            .collect();
        if signing.is_certificate_logged {
            let before = params.clone().signed_by(key, &self.authority).unwrap();
            let timestamps = self.timestamps(to_be_signed(before.der()));
            let extension = CustomExtension::from_oid_content(TIMESTAMPS_EXTENSION, timestamps);
            params.custom_extensions.push(extension);
        }
        params.signed_by(key, &self.authority).unwrap().der().to_vec()
    }

    /// Returns the extension with the timestamp of the log of certificates (RFC 6962, 3.2 and 3.3).
    fn timestamps(&self, certificate: &[u8]) -> Vec<u8> {
        let time = (WHILE_VALID * 1000).to_be_bytes();
        let issuer = Sha256::digest(self.authority.key().subject_public_key_info());
        let length = u32::try_from(certificate.len()).unwrap().to_be_bytes();
        let parts: [&[u8]; 7] = [
            &[0, 0],
            &time,
            &[0, 1],
            &issuer,
            &length[1..],
            certificate,
            &[0, 0],
        ];
        let signature = self.certificates.sign(&parts.concat()).unwrap();
        let signature_length = u16::try_from(signature.len()).unwrap().to_be_bytes();
        let id = log_id(&self.certificates);
        let parts: [&[u8]; 7] = [
            &[0],
            &id,
            &time,
            &[0, 0],
            &[4, 3],
            &signature_length,
            &signature,
        ];
        let timestamp = with_length(&parts.concat());
        let list = with_length(&timestamp);
        let mut octets = vec![0x04, 0x81, u8::try_from(list.len()).unwrap()];
        if list.len() < 0x80 {
            octets.remove(1);
        }
        octets.extend(list);
        octets
    }

    /// Returns the entry of the log of signatures: its promise, and its place in a tree of two.
    fn log(&self, envelope: &Value, certificate: &[u8], time: u64) -> Value {
        let hash =
            |bytes: &[u8]| json!({ "algorithm": "sha256", "value": hex(&Sha256::digest(bytes)) });
        let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(certificate)
        );
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": hash(envelope.to_string().as_bytes()),
                "payloadHash": hash(&payload),
                "signatures": [{
                    "signature": envelope["signatures"][0]["sig"],
                    "verifier": STANDARD.encode(pem),
                }],
            },
        })
        .to_string();
        let id = log_id(&self.signatures);
        let promise = json!({
            "body": STANDARD.encode(&body),
            "integratedTime": time,
            "logID": hex(&id),
            "logIndex": 5,
        });
        let promise = self.signatures.sign(promise.to_string().as_bytes()).unwrap();
        // RFC 6962, 2.1: a leaf, and the node above it and another leaf.
        let leaf = Sha256::digest([&[0], body.as_bytes()].concat());
        let other = Sha256::digest(b"another entry");
        let root = Sha256::digest([&[1][..], &leaf, &other].concat());
        let note = format!("rekor.example.com - 1\n2\n{}\n", STANDARD.encode(root));
        let signature = self.signatures.sign(note.as_bytes()).unwrap();
        let signature = STANDARD.encode([&id[..4], &signature].concat());
        json!({
            "logIndex": "5",
            "logId": { "keyId": STANDARD.encode(id) },
            "kindVersion": { "kind": "dsse", "version": "0.0.1" },
            "integratedTime": time.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": STANDARD.encode(promise) },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": STANDARD.encode(root),
                "treeSize": "2",
                "hashes": [STANDARD.encode(other)],
                "checkpoint": { "envelope": format!("{note}\n\u{2014} rekor.example.com {signature}\n") },
            },
            "canonicalizedBody": STANDARD.encode(body),
        })
    }
}

/// The name of a log: the digest of its key.
fn log_id(key: &KeyPair) -> [u8; 32] {
    Sha256::digest(key.subject_public_key_info()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts the length in two bytes before bytes.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    [
        &u16::try_from(bytes.len()).unwrap().to_be_bytes()[..],
        bytes,
    ]
    .concat()
}

/// Returns the part of a certificate that is signed: the first element of the sequence.
fn to_be_signed(certificate: &[u8]) -> &[u8] {
    let header = |der: &[u8]| match der[1] {
        long if long >= 0x80 => {
            let count = usize::from(long & 0x7f);
            let length =
                der[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (2 + count, length)
        }
        short => (2, usize::from(short)),
    };
    let inside = &certificate[header(certificate).0..];
    let (start, length) = header(inside);
    &inside[..start + length]
}
