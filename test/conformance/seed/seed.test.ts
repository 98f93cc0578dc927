import { describeDataService } from './data-service-suite.ts'
import { describeIndexService } from './index-service-suite.ts'
import { describeMaster } from './master-suite.ts'
import { openLocal, openOverGrpc } from './subject.ts'

for (const [name, open] of [
  ['in process', openLocal],
  ['over gRPC', openOverGrpc],
] as const) {
  describeMaster(name, open)
  describeDataService(name, open)
  describeIndexService(name, open)
}
