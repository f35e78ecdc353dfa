//! Every text field of every method's request filled with what nobody may find, under every kind of credential: what the
//! services answer. New methods are taken along without being named here.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Scene;
use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _};
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, MethodDescriptor, Value};
use testkit::desk::under;
use tonic::{
    Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};

use crate::spellings::Secret;

/// A stream that has nothing more to say goes on; so long is listened to.
const LISTENING: Duration = Duration::from_millis(300);
/// Messages within messages, so deep.
const DEPTH: usize = 4;

/// Bytes as they are.
#[derive(Clone, Copy, Default)]
struct AsTheyAre;

impl Encoder for AsTheyAre {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for AsTheyAre {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

impl Codec for AsTheyAre {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

/// Calls every method; gives each answer's bytes with the method and the caller.
pub(crate) async fn fill_all(
    scene: &Scene,
    person: &str,
    secrets: &[Secret],
) -> Result<Vec<(String, Vec<u8>)>> {
    let pool = DescriptorPool::decode(proto::FILE_DESCRIPTOR_SET)?;
    let callers = [
        format!("citizen:{person}"),
        "operator:510100".to_owned(),
        "agency:51".to_owned(),
        "institution:H51010400123".to_owned(),
        "auditor".to_owned(),
        "settlement".to_owned(),
        "service:settlement".to_owned(),
        "service:wallet".to_owned(),
        // Nobody: the credential itself says too much.
        format!("citizen:{}", secrets[0].text),
    ];
    let mut told = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let Some(channel) = host(scene, &method) else { continue };
        for caller in &callers {
            for start in 0..secrets.len() {
                let request = filled(&method.input(), secrets, &mut start.clone(), DEPTH).encode_to_vec();
                let answer = call(channel.clone(), &method, caller, request).await;
                told.push((format!("answer of {} to {}", method.full_name(), &caller[..4]), answer?));
            }
        }
    }
    Ok(told)
}

/// A service that has the method; none for what only one process has and is not run here.
fn host(scene: &Scene, method: &MethodDescriptor) -> Option<Channel> {
    let service = method.parent_service();
    let name = match service.package_name() {
        "gongji.identity.v1" | "gongji.policy.v1" | "gongji.dev.v1" => "identity",
        "gongji.kinship.v1" => "kinship-registry",
        "gongji.settlement.v1" => "settlement",
        "gongji.wallet.v1" => "wallet-51",
        _ => return None,
    };
    Some(scene.channel(name))
}

/// A message whose every text is one of the secrets, in turn.
fn filled(
    descriptor: &MessageDescriptor,
    secrets: &[Secret],
    turn: &mut usize,
    depth: usize,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let value = match field.kind() {
            Kind::String => {
                *turn += 1;
                Value::String(secrets[*turn % secrets.len()].text.clone())
            }
            Kind::Message(inner) if depth > 0 && !field.is_map() => {
                Value::Message(filled(&inner, secrets, turn, depth - 1))
            }
            Kind::Enum(_) => Value::EnumNumber(1),
            Kind::Bool => Value::Bool(true),
            _ => continue,
        };
        message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
    }
    message
}

/// What comes back: replies, or the status with all its details and metadata.
async fn call(
    channel: Channel,
    method: &MethodDescriptor,
    caller: &str,
    request: Vec<u8>,
) -> Result<Vec<u8>> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = PathAndQuery::try_from(path).context("a path")?;
    let mut client = Grpc::new(channel);
    client.ready().await?;
    let asked = client.server_streaming(under(caller, request), path, AsTheyAre).await;
    let mut bytes = Vec::new();
    let status = match asked {
        Ok(reply) => {
            let mut stream = reply.into_inner();
            loop {
                match tokio::time::timeout(LISTENING, stream.message()).await {
                    Ok(Ok(Some(reply))) => bytes.extend(reply),
                    Ok(Err(status)) => break Some(status),
                    Ok(Ok(None)) | Err(_) => break None,
                }
            }
        }
        Err(status) => Some(status),
    };
    if let Some(status) = status {
        bytes.extend(format!("{status:?}").into_bytes());
        bytes.extend(status.details());
    }
    Ok(bytes)
}
