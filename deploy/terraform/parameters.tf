# Written by npm run terraform:variables from the stack's parameters. Change scripts/terraform-variables.ts or template.yaml, not this: what the variables are to the stack.

locals {
  parameters = merge(
    merge([for index, letter in ["A", "B", "C", "D", "E", "F"] : {
      "Zone${letter}PublicSubnet"   = try(var.zones[index].public_subnet_id, "")
      "Zone${letter}PrivateSubnets" = try(join(",", var.zones[index].private_subnet_ids), "")
      "Zone${letter}AllocationId"   = try(var.zones[index].allocation_id, "")
    }]...),
    {
      VpcId                = var.vpc_id
      ClientCidrs          = join(",", var.client_cidr_blocks)
      ClientSecurityGroups = join(",", var.client_security_group_ids)
      Traffic              = var.traffic
      EgressAllowList      = join(",", var.egress_allow_list)
      AllowedDomains       = join(",", var.allowed_domains)
      AdminCidr            = var.admin_cidr_block
      AmiSelector          = var.ami
      InstanceTypes        = join(",", var.instance_types)
      MarketType           = var.market_type
      VolumeGiB            = tostring(var.volume_size)
      VolumeKeyArn         = var.volume_kms_key_arn
      MaxInstanceAgeDays   = tostring(var.max_instance_age_days)
      ReadyTimeoutSeconds  = tostring(var.ready_timeout_seconds)
      HandOverSeconds      = tostring(var.hand_over_seconds)
      MaxLaunchesPerHour   = tostring(var.max_launches_per_hour)
      StandIn              = var.stand_in ? "on" : "off"
      Standby              = var.standby ? "on" : "off"
      SpareInterface       = var.spare_interface ? "on" : "off"
      FlowTable            = var.flow_table ? "on" : "off"
      KeepConnections      = var.keep_connections
      Probe                = var.probe ? "on" : "off"
      ProbeTargets         = join(",", var.probe_targets)
      Watch                = var.watch
      Tags                 = join(",", [for key, value in var.tags : "${key}=${value}"])
      PermissionsBoundary  = var.permissions_boundary
      Architecture         = var.architecture
      MetricNamespace      = var.metric_namespace
      LogRetentionDays     = tostring(var.log_retention_days)
      AlarmEmail           = var.alarm_email
      MorningEmail         = var.morning_email
      RunbookUrl           = var.runbook_url
    },
  )
}
