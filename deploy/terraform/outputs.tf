output "stack_id" {
  description = "ARN of the CloudFormation stack"
  value       = aws_cloudformation_stack.this.id
}

output "public_ips" {
  description = "Public IPv4 addresses of the NAT instances, zone by zone, for the allow lists of others"
  value       = split(", ", aws_cloudformation_stack.this.outputs["PublicAddresses"])
}

output "client_security_group_id" {
  description = "Security group to attach to private instances; it allows the outbound traffic that the NAT instances let through"
  value       = aws_cloudformation_stack.this.outputs["ClientSecurityGroupId"]
}

output "nat_security_group_id" {
  description = "Security group of the NAT instances"
  value       = aws_cloudformation_stack.this.outputs["NatSecurityGroupId"]
}

output "alarm_topic_arn" {
  description = "SNS topic of the alarms that are worth waking somebody for; subscribe whoever is on call"
  value       = aws_cloudformation_stack.this.outputs["AlarmTopicArn"]
}

output "morning_topic_arn" {
  description = "SNS topic of the alarms that can wait until morning; subscribe whoever looks after the stack by day"
  value       = aws_cloudformation_stack.this.outputs["MorningTopicArn"]
}

output "dashboard_name" {
  description = "CloudWatch dashboard"
  value       = aws_cloudformation_stack.this.outputs["DashboardName"]
}

output "function_name" {
  description = "The controller's Lambda function, which the command phoenat invokes"
  value       = aws_cloudformation_stack.this.outputs["FunctionName"]
}

output "log_group_name" {
  description = "Log group of the controller; each run writes its report there"
  value       = aws_cloudformation_stack.this.outputs["LogGroupName"]
}

output "lifecycle_log_group_name" {
  description = "Log group of the lifecycle function; it says why a deployment or a deletion failed"
  value       = aws_cloudformation_stack.this.outputs["LifecycleLogGroupName"]
}

output "probe_log_group_name" {
  description = "Log group of the probes; null without probes"
  value       = lookup(aws_cloudformation_stack.this.outputs, "ProbeLogGroupName", null)
}
