import type { Clock } from '../../base/clock.ts'
import type { Hardware } from '../../services/proxy/proxy.ts'

export interface SystemFacts {
  readonly hardware: Hardware
  readonly versionText: string
  readonly startedAtMs: number
  readonly clock: Clock
}

/**
 * What Milvus's `system_info` says, in the shape that its console reads: a node for each role, and
 * which coordinator leads which others. Here one process is all of them, so each has the hardware of
 * the whole; the roles are told apart because the console draws a line from each to each.
 */
export function systemInfo(facts: SystemFacts): object {
  return {
    nodes_info: roles.map((role, index) => ({
      identifier: index + 1,
      connected: leads[role].map((target) => ({
        connected_identifier: roles.indexOf(target) + 1,
        source_type: role,
        target_type: target,
      })),
      infos: nodeInfo(role, index + 1, facts),
    })),
  }
}

const roles = [
  'rootcoord',
  'datacoord',
  'indexcoord',
  'querycoord',
  'proxy',
  'datanode',
  'indexnode',
  'querynode',
] as const

type Role = (typeof roles)[number]

const leads: Readonly<Record<Role, readonly Role[]>> = {
  rootcoord: ['datacoord', 'indexcoord', 'querycoord', 'proxy'],
  datacoord: ['rootcoord', 'datanode'],
  indexcoord: ['rootcoord', 'indexnode'],
  querycoord: ['rootcoord', 'querynode'],
  proxy: ['rootcoord'],
  datanode: ['datacoord'],
  indexnode: ['indexcoord'],
  querynode: ['querycoord'],
}

function nodeInfo(role: Role, id: number, facts: SystemFacts): object {
  const { hardware, versionText, startedAtMs, clock } = facts
  return {
    has_error: false,
    error_reason: '',
    name: `${role}${id}`,
    type: role,
    id,
    created_time: goTime(startedAtMs),
    updated_time: goTime(clock.nowMs()),
    hardware_infos: {
      ip: 'localhost',
      cpu_core_count: hardware.cpuCount,
      cpu_core_usage: hardware.cpuUsagePercent,
      memory: hardware.memoryBytes,
      memory_usage: hardware.memoryUsedBytes,
      disk: hardware.diskBytes,
      disk_usage: hardware.diskUsedBytes,
    },
    system_info: {
      system_version: versionText,
      deploy_mode: 'STANDALONE',
      build_version: versionText,
      build_time: '',
      used_go_version: '',
    },
    system_configurations: { node_version: process.version },
  }
}

/** As Go prints a time, since that is what the console cuts up. */
function goTime(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} +0000 UTC`
}
