import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../generated/grpc/reflection.ts'
import type { RpcService } from '../service.ts'
import { decodeMessage, encodeMessage } from '../wire/message.ts'
import { DescriptorIndex } from './descriptor-index.ts'

const { serverReflectionInfo: method } = ServerReflectionDefinition.methods

/** As gRPC numbers them. */
const notFound = 5
const unimplemented = 12

/**
 * gRPC's reflection service, for generic tools, under its name and its older one. The descriptors
 * are read when somebody first asks: hardly any server is ever asked.
 */
export function reflectionServices(serviceNames: () => readonly string[]): readonly RpcService[] {
  let index: Promise<DescriptorIndex> | undefined
  const serve = (name: string): RpcService => ({
    name,
    methods: [
      {
        kind: 'bidiStream',
        name: method.name,
        async *answer(requests) {
          for await (const bytes of requests) {
            const request = decodeMessage(method.requestType, 'a reflection request', bytes)
            const known = await (index ??= readIndex())
            yield encodeMessage(method.responseType, answer(request, known, serviceNames()))
          }
        },
      },
    ],
  })
  const { fullName } = ServerReflectionDefinition
  return [serve(fullName), serve(fullName.replace('.v1.', '.v1alpha.'))]
}

async function readIndex(): Promise<DescriptorIndex> {
  const { descriptorSet } = await import('../generated/descriptors.ts')
  return new DescriptorIndex(Buffer.from(descriptorSet, 'base64'))
}

function answer(
  originalRequest: ServerReflectionRequest,
  index: DescriptorIndex,
  serviceNames: readonly string[],
): ServerReflectionResponse {
  return {
    validHost: originalRequest.host,
    originalRequest,
    messageResponse: responseTo(originalRequest, index, serviceNames),
  }
}

function responseTo(
  { messageRequest }: ServerReflectionRequest,
  index: DescriptorIndex,
  serviceNames: readonly string[],
): ServerReflectionResponse['messageResponse'] {
  switch (messageRequest?.$case) {
    case 'fileByFilename':
      return filesOr(index.byFileName(messageRequest.value), `file ${messageRequest.value}`)
    case 'fileContainingSymbol':
      return filesOr(index.bySymbol(messageRequest.value), `symbol ${messageRequest.value}`)
    case 'listServices': {
      const service = serviceNames.map((name) => ({ name }))
      return { $case: 'listServicesResponse', value: { service } }
    }
    case 'allExtensionNumbersOfType':
    case 'fileContainingExtension':
    case undefined:
      return errorResponse(unimplemented, 'There are no extensions here')
  }
}

function filesOr(
  fileDescriptorProto: readonly Uint8Array[],
  what: string,
): ServerReflectionResponse['messageResponse'] {
  if (fileDescriptorProto.length === 0) {
    return errorResponse(notFound, `There is no ${what.slice(0, 256)}`)
  }
  const value = { fileDescriptorProto: [...fileDescriptorProto] }
  return { $case: 'fileDescriptorResponse', value }
}

function errorResponse(
  errorCode: number,
  errorMessage: string,
): ServerReflectionResponse['messageResponse'] {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } }
}
