"""A stock gRPC client without generated code: all it knows of the contracts is what reflection tells it.

It lists the services, sends quota, claims it, reads the lot, and then asks for too much and reads why that is
refused. It prints what it saw as one JSON object; whoever started it compares.
"""

import argparse
import json

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

TRANSFERS = "gongji.settlement.v1.TransferService"
WALLETS = "gongji.wallet.v1.WalletService"


class Server:
    """One address, and the contracts that it describes itself."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def services(self):
        return sorted(self.database.get_services())

    def call(self, service, method, person, request):
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        ask = message_factory.GetMessageClass(described.input_type)
        answer = message_factory.GetMessageClass(described.output_type)
        rpc = self.channel.unary_unary(
            f"/{service}/{method}", request_serializer=ask.SerializeToString, response_deserializer=answer.FromString
        )
        message = json_format.ParseDict(request, ask(), descriptor_pool=self.pool)
        metadata = (("authorization", f"Bearer dev:citizen:{person}"),)
        reply = rpc(message, metadata=metadata, timeout=10)
        return json_format.MessageToDict(reply, preserving_proto_field_name=True, descriptor_pool=self.pool)


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
    for name in ("settlement", "wallet", "sharer", "beneficiary", "bond", "transfer", "second", "claim"):
        options.add_argument(f"--{name}", required=True)
    of = options.parse_args()
    settlement, wallet = Server(of.settlement), Server(of.wallet)
    seen = {"services": settlement.services() + wallet.services()}

    transfer = {
        "transfer_id": of.transfer,
        "programme": "PROGRAMME_WALLET",
        "bond_id": of.bond,
        "amount": "64.5",
        "source": "SOURCE_PERSONAL_ACCOUNT",
        "beneficiary_person_id": of.beneficiary,
        "channel": "CHANNEL_NATIONAL_APP",
    }
    seen["sent"] = settlement.call(TRANSFERS, "CreateTransfer", of.sharer, transfer)["transfer"]
    claim = {"request_id": of.claim, "transfer_id": of.transfer}
    seen["claimed"] = settlement.call(TRANSFERS, "ClaimTransfer", of.beneficiary, claim)["transfer"]
    seen["lots"] = wallet.call(WALLETS, "ListLots", of.beneficiary, {"person_id": of.beneficiary})["lots"]
    try:
        settlement.call(TRANSFERS, "CreateTransfer", of.sharer, transfer | {"transfer_id": of.second, "amount": "2000.01"})
    except grpc.RpcError as error:
        seen["refusal"] = refusal(error)
    print(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main()
