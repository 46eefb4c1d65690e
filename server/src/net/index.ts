export {type Admission, createAdmission, type Lease, requestBytes, sharedAdmission} from './admission.ts';
export {BodyBuffer} from './body-buffer.ts';
export {compress, compressionOf} from './compress.ts';
export {inflateWithin} from './decompress.ts';
export {type ErrorStatus, errorStatus, grpcCode, httpRefusal} from './error-status.ts';
export {createGrpcClient, type GrpcClient} from './grpc-client.ts';
export {createGrpcServer, type GrpcCall, type GrpcMethod, type GrpcServer} from './grpc-server.ts';
export {GrpcError} from './grpc-status.ts';
export {hostName, isOwnName} from './host-name.ts';
export {createForward, type Forward} from './http-forward.ts';
export {createHttpServer, type HttpRoute, type HttpServerOptions, type Read} from './http-server.ts';
export {isPortInUse, startListening} from './listen.ts';
export {createOverloadGuard, type OverloadGuard} from './overload.ts';
export {readPem} from './pem.ts';
export {readTarget} from './request-target.ts';
export type {Checked, Sender, ServerAuth} from './server-auth.ts';
export {
  grpcServerFields,
  grpcServerOptions,
  httpServerFields,
  httpServerOptions,
  serverObject,
  urlPath,
} from './settings-server.ts';
export {createSocketRegistry, type Sockets} from './sockets.ts';
export {tlsChoiceOptions, tlsChoices} from './tls-choices.ts';
export {createUdpServer, type UdpServer} from './udp-server.ts';
