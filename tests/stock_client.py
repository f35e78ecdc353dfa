"""A stock gRPC client without generated code: all it knows of the contracts is what reflection tells it.

It lists the services, has both persons choose a password at a counter and agree with it to all they do, sends quota,
claims it, reads the lot, and then asks for too much and reads why that is refused. It prints what it saw as one JSON object; whoever started it compares.
"""

import argparse
import json
import uuid

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

TRANSFERS = "gongji.settlement.v1.TransferService"
WALLETS = "gongji.wallet.v1.WalletService"
VERIFICATION = "gongji.identity.v1.VerificationService"
PASSWORD = "481516"


class Server:
    """One address, and the contracts that it describes itself."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def services(self):
        return sorted(self.database.get_services())

    def call(self, service, method, caller, request, read=None):
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        ask = message_factory.GetMessageClass(described.input_type)
        answer = message_factory.GetMessageClass(described.output_type)
        rpc = self.channel.unary_unary(
            f"/{service}/{method}", request_serializer=ask.SerializeToString, response_deserializer=answer.FromString
        )
        message = json_format.ParseDict(request, ask(), descriptor_pool=self.pool)
        metadata = [("authorization", f"Bearer dev:{caller}")]
        if read:
            metadata.append(("gongji-read", read))
        reply = rpc(message, metadata=metadata, timeout=10)
        return json_format.MessageToDict(reply, preserving_proto_field_name=True, descriptor_pool=self.pool)


class Person:
    """Somebody who chooses a password at a counter and agrees to everything with it."""

    def __init__(self, identity, person, counter):
        self.identity, self.person, self.app = identity, person, f"citizen:{person}"
        request = str(uuid.uuid4())
        document = {"counter_document": {"kind": "id_card", "reference": "window 1"}}
        seen = self.agree(counter, "METHOD_COUNTER", document, kind="SetPassword", operation_id=request)
        wanted = {"request_id": request, "person_id": person, "password": PASSWORD, "assertion": seen}
        identity.call(VERIFICATION, "SetPassword", counter, wanted)
        self.read = self.agrees(kind="READ")

    def agree(self, caller, method, proof, **operation):
        verification = str(uuid.uuid4())
        begin = {
            "verification_id": verification,
            "subject_person_id": self.person,
            "operation": operation | {"actor_person_id": self.person},
            "method": f"VERIFICATION_{method}",
        }
        self.identity.call(VERIFICATION, "BeginVerification", caller, begin)
        complete = {"verification_id": verification} | proof
        return self.identity.call(VERIFICATION, "CompleteVerification", caller, complete)["assertion"]

    def agrees(self, **operation):
        return self.agree(self.app, "METHOD_PASSWORD", {"password": PASSWORD}, **operation)


def refusal(error):
    """What the details of a status say."""
    status = rpc_status.from_call(error)
    said = {"code": error.code().name, "message": status.message}
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            said |= {"reason": info.reason, "domain": info.domain, "metadata": dict(info.metadata)}
        if detail.Is(error_details_pb2.LocalizedMessage.DESCRIPTOR):
            text = error_details_pb2.LocalizedMessage()
            detail.Unpack(text)
            said |= {"locale": text.locale, "localized": text.message}
    return said


def main():
    options = argparse.ArgumentParser()
    places = ("identity", "settlement", "wallet")
    for name in places + ("sharer", "beneficiary", "bond", "transfer", "second", "claim"):
        options.add_argument(f"--{name}", required=True)
    of = options.parse_args()
    identity, settlement, wallet = Server(of.identity), Server(of.settlement), Server(of.wallet)
    seen = {"services": settlement.services() + wallet.services()}

    sharer = Person(identity, of.sharer, "operator:320100")
    beneficiary = Person(identity, of.beneficiary, "operator:510100")

    def send(transfer):
        other, amount = transfer["beneficiary_person_id"], transfer["amount"]
        agreed = sharer.agrees(
            kind="CreateTransfer", operation_id=transfer["transfer_id"], counterparty_person_id=other, amount=amount
        )
        return settlement.call(TRANSFERS, "CreateTransfer", sharer.app, transfer | {"assertion": agreed})["transfer"]

    transfer = {
        "transfer_id": of.transfer,
        "programme": "PROGRAMME_WALLET",
        "bond_id": of.bond,
        "amount": "64.5",
        "source": "SOURCE_PERSONAL_ACCOUNT",
        "beneficiary_person_id": of.beneficiary,
        "channel": "CHANNEL_NATIONAL_APP",
    }
    seen["sent"] = send(transfer)
    claim = {"request_id": of.claim, "transfer_id": of.transfer}
    claim["assertion"] = beneficiary.agrees(kind="ClaimTransfer", operation_id=of.claim)
    seen["claimed"] = settlement.call(TRANSFERS, "ClaimTransfer", beneficiary.app, claim)["transfer"]
    owner = {"person_id": of.beneficiary}
    seen["lots"] = wallet.call(WALLETS, "ListLots", beneficiary.app, owner, beneficiary.read)["lots"]
    try:
        send(transfer | {"transfer_id": of.second, "amount": "2000.01"})
    except grpc.RpcError as error:
        seen["refusal"] = refusal(error)
    print(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main()
