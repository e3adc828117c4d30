"""PairService over grpc.aio."""

import grpc
from pairstream.v1 import pair_service_pb2 as pb
from pairstream.v1 import pair_service_pb2_grpc as stubs

from python_gateway.batcher import Batcher, QueueFullError
from python_gateway.requests import InvalidRequestError, parse

_LARGEST_MESSAGE_BYTES = 64 << 20


class PairService(stubs.PairServiceServicer):
    """Answers Predict."""

    def __init__(self, batcher: Batcher) -> None:
        """Answer messages by a batcher."""
        self._batcher = batcher

    async def Predict(  # noqa: N802 - the name of the method
        self, request: pb.PredictRequest, context: grpc.aio.ServicerContext
    ) -> pb.PredictResponse:
        """Score the pairs of a message."""
        try:
            batch = parse(request)
            if batch.pair_count == 0:
                return pb.PredictResponse(sequence=request.sequence)
            reply, retweet, quote, like = (await self._batcher.submit(batch)).T.tolist()
        except InvalidRequestError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except QueueFullError as error:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        return pb.PredictResponse(
            sequence=request.sequence, reply=reply, retweet=retweet, quote=quote, like=like, rung="full"
        )


async def start_server(batcher: Batcher, port: int) -> tuple[grpc.aio.Server, int]:
    """Start a server on 127.0.0.1. Port 0 chooses a free port. Return the server and its port."""
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE_BYTES)])
    stubs.add_PairServiceServicer_to_server(PairService(batcher), server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    return server, bound
